package org.tiltlens.files;

import static org.tiltlens.corpus.ImageFiles.encoded;
import static org.tiltlens.corpus.ImageFiles.plain;
import static org.tiltlens.corpus.ParquetFiles.struct;
import static org.tiltlens.files.FileCase.read;
import static org.tiltlens.files.FileCase.refused;
import static org.tiltlens.files.FileCases.cut;
import static org.tiltlens.files.FileCases.folderOf;
import static org.tiltlens.files.FileCases.text;
import static org.tiltlens.files.Group.CORPUS;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.tiltlens.corpus.ParquetFiles;
import org.tiltlens.corpus.TarFiles;

/** Corpora: folders, archives, tables. */
final class CorpusCases {
  private static final byte[] PNG = encoded(plain(8, 8, 0x336699), "png");
  private static final String TWO = "2 images";

  private CorpusCases() {}

  static List<FileCase> all() {
    List<FileCase> cases = new ArrayList<>();
    cases.addAll(folders());
    cases.addAll(zips());
    cases.addAll(tars());
    cases.addAll(tables());
    cases.addAll(records());
    return cases;
  }

  private static List<FileCase> folders() {
    return List.of(
        read(
            CORPUS,
            "a folder with sub-folders",
            TWO,
            folderOf(Map.of("cat/a.png", PNG, "dog/b.jpg", encoded(plain(8, 8, 0x336699), "jpg")))),
        read(CORPUS, "linked folders", TWO, CorpusCases::linked),
        read(
            CORPUS,
            "a text that lists image files below its folder",
            "1 image; left out 1 of 2 images: 1 with an unsafe name",
            folder -> {
              Files.write(folder.resolve("a.png"), PNG);
              return Files.writeString(folder.resolve("list.txt"), "a.png\n../b.png\n");
            }),
        read(
            CORPUS,
            "damaged files among others",
            "1 image; left out 1 of 2 images: 1 damaged",
            folderOf(Map.of("a.png", PNG, "b.png", new byte[9]))),
        read(
            CORPUS,
            "formats that are not read among others",
            "1 image; left out 1 of 2 images: 1 .heic (convert to JPEG or PNG)",
            folderOf(Map.of("a.png", PNG, "b.heic", PNG))),
        read(
            CORPUS,
            "archives among images",
            "1 image; left out 1 of 2 images: 1 .tar.gz (unpack, or name one)",
            folderOf(Map.of("a.png", PNG, "b.tar.gz", PNG))),
        read(
            CORPUS,
            "hidden files and `__MACOSX`",
            "1 image",
            folderOf(Map.of("a.png", PNG, ".b.png", PNG, "__MACOSX/._a.png", PNG))),
        refused(
            CORPUS,
            "a folder of HEIC alone",
            "holds no images that can be read (left out 1 of 1 images: 1 .heic (convert to JPEG or"
                + " PNG))",
            folderOf(Map.of("a.heic", PNG))),
        refused(
            CORPUS,
            "a folder without images",
            "holds no images: expected .jpg, .png",
            folderOf(Map.of("notes.txt", PNG))));
  }

  private static Path linked(Path folder) throws IOException {
    folderOf(Map.of("real/a.png", PNG, "corpus/b.png", PNG)).make(folder);
    Files.createSymbolicLink(folder.resolve("corpus/linked"), Path.of("../real"));
    return folder.resolve("corpus");
  }

  private static List<FileCase> zips() {
    return List.of(
        read(CORPUS, "a zip", TWO, zip("UTF-8", "a.png", "b/c.png")),
        read(
            CORPUS,
            "one folder of a zip",
            "1 image",
            folder -> zip("UTF-8", "a.png", "b/c.png").make(folder).resolve("b")),
        read(
            CORPUS,
            "a zip whose names are not UTF-8",
            TWO,
            zip("IBM437", "\u00e9/a.png", "\u00fc.png")),
        read(
            CORPUS,
            "a zip with backslashes between folders",
            TWO,
            zip("UTF-8", "a\\b.png", "c.png")),
        read(
            CORPUS,
            "a zip with names that lead out of it",
            "1 image; left out 1 of 2 images: 1 with an unsafe name",
            zip("UTF-8", "a.png", "../b.png")),
        refused(
            CORPUS,
            "a zip packed with Deflate64, LZMA, ..",
            "is packed with Deflate64, which is not read: unpack it and give the folder",
            changed(10, 9)),
        refused(
            CORPUS,
            "an encrypted zip",
            "is encrypted: unpack it with its password and give the folder",
            changed(8, 1)),
        refused(
            CORPUS,
            "a zip that broke off",
            "is no intact zip file",
            cut(zip("UTF-8", "a.png", "b.png"), 1, 2)));
  }

  private static FileCase.InFolder zip(String charset, String... names) {
    return folder -> Files.write(folder.resolve("images.zip"), zipped(charset, names));
  }

  private static byte[] zipped(String charset, String... names) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes, Charset.forName(charset))) {
      for (String name : names) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(PNG);
      }
    }
    return bytes.toByteArray();
  }

  /** A zip with two bytes of its one central header changed. */
  private static FileCase.InFolder changed(int offset, int value) {
    return folder -> {
      byte[] zip = zipped("UTF-8", "a.png");
      int header = new String(zip, StandardCharsets.ISO_8859_1).indexOf("PK\1\2");
      ByteBuffer bytes = ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN);
      bytes.putShort(header + offset, (short) value);
      return Files.write(folder.resolve("images.zip"), zip);
    };
  }

  private static List<FileCase> tars() {
    TarFiles files = new TarFiles().add("a/b.png", '0', PNG).add("c.png", '0', PNG);
    byte[] tar = files.whole();
    return List.of(
        read(CORPUS, "a tar, such as a shard of WebDataset", TWO, bytes("shard-000000.tar", tar)),
        read(CORPUS, "a `.tar.gz` or `.tgz`", TWO, gzip("images.tgz", tar)),
        read(
            CORPUS,
            "a folder of them alone",
            "4 images",
            folderOf(Map.of("shard-000000.tar", tar, "shard-000001.tar", tar))),
        read(
            CORPUS,
            "a tar with links",
            "3 images; left out 1 of 4 images: 1 linked (unpack, and give the folder)",
            bytes(
                "links.tar",
                new TarFiles()
                    .add("a/b.png", '0', PNG)
                    .add("c.png", '0', PNG)
                    .link("d.png", '1', "c.png")
                    .link("e.png", '2', "../c.png")
                    .whole())),
        read(
            CORPUS,
            "a tar that lacks its end",
            "2 images; left out 1 of 3 images: 1 tar without its end (cut short?)",
            bytes("cut.tar", files.bytes())),
        refused(
            CORPUS,
            "a tar that broke off inside a file",
            "is cut short or damaged at 'c.png'",
            bytes("cut.tar", Arrays.copyOf(files.bytes(), files.bytes().length - 512))),
        refused(
            CORPUS,
            "7-Zip",
            "a 7-Zip archive, which is not read: unpack it (7z x) and give the folder",
            text("a.7z", "7z\u00bc\u00af'\u001c\0\4")),
        refused(
            CORPUS,
            "RAR",
            "a RAR archive, which is not read: unpack it",
            text("a.rar", "Rar!\u001a\u0007\1\0")),
        refused(
            CORPUS,
            "Zstandard, xz, bzip2, LZ4",
            "packed with Zstandard, which is not read: unpack it (tar xf",
            text("a.tar.zst", "(\u00b5/\u00fd$")));
  }

  private static FileCase.InFolder bytes(String name, byte[] bytes) {
    return folder -> Files.write(folder.resolve(name), bytes);
  }

  private static FileCase.InFolder gzip(String name, byte[] bytes) {
    return folder -> {
      Path file = folder.resolve(name);
      try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
        out.write(bytes);
      }
      return file;
    };
  }

  private static List<FileCase> tables() {
    String[] rows = {struct(PNG) + ", 1", struct(PNG) + ", 2"};
    FileCase.InFolder one = parquet("image, label", rows);
    FileCase.InFolder several = parquet("before, after", struct(PNG) + ", " + struct(PNG));
    return List.of(
        read(CORPUS, "Parquet with a column of images, as Hugging Face stores them", TWO, one),
        read(
            CORPUS,
            "the same with bytes alone (`BLOB`)",
            "1 image",
            parquet("jpg", ParquetFiles.blob(PNG))),
        read(CORPUS, "a folder of shards", TWO, CorpusCases::shards),
        read(
            CORPUS,
            "images that are NULL",
            "1 image; left out 1 of 2 images: 1 missing",
            parquet("image", struct(PNG), "NULL")),
        read(
            CORPUS,
            "one of several columns (`train.parquet/after`)",
            "1 image",
            folder -> several.make(folder).resolve("after")),
        refused(
            CORPUS,
            "several columns of images",
            "has several columns of images, before, after: name one",
            several),
        refused(
            CORPUS,
            "Parquet without images, such as a harvest",
            "is a Parquet file without a column of images, which is no corpus",
            parquet("feature, mean", "1, 2.5")),
        refused(CORPUS, "Parquet that broke off", "is no intact Parquet file", cut(one, 1, 2)),
        refused(
            CORPUS,
            "Arrow",
            "an Arrow file, which is not read: write its images to a folder or as Parquet",
            text("a.arrow", "ARROW1\0\0")));
  }

  private static FileCase.InFolder parquet(String columns, String... rows) {
    return folder -> ParquetFiles.write(folder.resolve("train.parquet"), columns, rows);
  }

  private static Path shards(Path folder) {
    for (int shard = 0; shard < 2; shard++) {
      Path file = folder.resolve("data/train-0000" + shard + "-of-00002.parquet");
      ParquetFiles.write(file, "image", struct(PNG));
    }
    return folder;
  }

  private static List<FileCase> records() {
    byte[] idx = ByteBuffer.allocate(16 + 32).putInt(0x803).putInt(2).putInt(4).putInt(4).array();
    return List.of(
        read(CORPUS, "IDX (MNIST, Fashion-MNIST)", TWO, bytes("train-images-idx3-ubyte", idx)),
        read(CORPUS, "the same in gzip", TWO, gzip("train-images-idx3-ubyte.gz", idx)),
        read(
            CORPUS,
            "CIFAR-10's binary batches",
            TWO,
            bytes("data_batch_1.bin", new byte[2 * 3073])),
        refused(
            CORPUS,
            "HDF5",
            "an HDF5 file, which is not read: write its images to a folder",
            text("a.h5", "\u0089HDF\r\n\u001a\n")),
        refused(
            CORPUS,
            "a network's or a dictionary's file (`.pth`, safetensors, `.npz`)",
            "is a PyTorch checkpoint, no corpus of images: `vision`, `prior` or `dictionary` takes"
                + " it",
            FileCases.golden("adm_unet.pt")),
        refused(
            CORPUS,
            "its folder",
            "is the folder of a checkpoint, sae_weights.safetensors, no corpus of images: `vision`",
            folderOf(Map.of("sae_weights.safetensors", PNG, "cfg.json", PNG))),
        refused(
            CORPUS,
            "the folder of a run that holds no pictures",
            "is the folder of a run, no corpus: name the images in it",
            folderOf(Map.of("run.json", PNG))),
        refused(
            CORPUS,
            "`run.json` and other settings",
            "is JSON, settings or the record of a run, no corpus of images",
            text("run.json", "{\"command\": \"pool\"}")),
        refused(
            CORPUS,
            "one picture",
            "is one picture, no corpus: give the folder that it is in",
            bytes("a.png", PNG)),
        refused(
            CORPUS,
            "anything else",
            "is no corpus: expected a folder, .zip, .tar or .parquet of images",
            text("notes.txt", "some notes")));
  }
}
