package org.tiltlens.files;

import static org.tiltlens.files.FileCase.read;
import static org.tiltlens.files.FileCase.refused;
import static org.tiltlens.files.FileCases.folderOf;
import static org.tiltlens.files.FileCases.golden;
import static org.tiltlens.files.FileCases.text;
import static org.tiltlens.files.FileCases.there;
import static org.tiltlens.files.Group.DICTIONARY;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.corpus.TarFiles;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Sparse autoencoders and transcoders. */
final class DictionaryCases {
  private static final byte[] PICTURE = new byte[9];

  private DictionaryCases() {}

  static List<FileCase> all() {
    return List.of(
        read(
            DICTIONARY,
            "Language-Model-SAEs (convolutional too)",
            "transcoder (cnnsae)",
            golden("cnnsae")),
        read(DICTIONARY, "SAELens, versions 2 to 6", "(SAELens)", saeLens("")),
        read(
            DICTIONARY,
            "SAELens, skip transcoder",
            "transcoder (SAELens)",
            file("saelens_skip_transcoder")),
        read(DICTIONARY, "ViT-Prisma, a folder", "(ViT-Prisma)", file("prisma")),
        read(
            DICTIONARY,
            "ViT-Prisma, one file of weights and settings",
            "(ViT-Prisma)",
            file("prisma_single/weights.pt")),
        read(DICTIONARY, "ViT-Prisma, top k", "topk", file("prisma_topk")),
        read(
            DICTIONARY,
            "ViT-Prisma and SAELens with `layer_norm`",
            "of standardised activations",
            file("prisma_layer_norm")),
        read(
            DICTIONARY,
            "ViT-Prisma, transcoder",
            "transcoder (ViT-Prisma)",
            file("prisma_transcoder")),
        read(
            DICTIONARY,
            "dictionary_learning, `AutoEncoder`",
            "(dictionary_learning)",
            file("dictionary_learning_AutoEncoder")),
        read(
            DICTIONARY,
            "dictionary_learning, `AutoEncoderNew`",
            "(dictionary_learning)",
            file("dictionary_learning_AutoEncoderNew")),
        read(
            DICTIONARY,
            "dictionary_learning, `AutoEncoderTopK`",
            "(dictionary_learning)",
            file("dictionary_learning_AutoEncoderTopK")),
        read(
            DICTIONARY,
            "dictionary_learning, `BatchTopKSAE`",
            "(dictionary_learning)",
            file("dictionary_learning_BatchTopKSAE")),
        read(
            DICTIONARY,
            "dictionary_learning, `MatryoshkaBatchTopKSAE`",
            "(dictionary_learning)",
            file("dictionary_learning_MatryoshkaBatchTopKSAE")),
        read(
            DICTIONARY,
            "dictionary_learning, `JumpReluAutoEncoder`",
            "(dictionary_learning)",
            file("dictionary_learning_JumpReluAutoEncoder")),
        read(DICTIONARY, "sparsify", "(sparsify)", file("sparsify")),
        read(DICTIONARY, "sparsify, with a skip connection", "(sparsify)", file("sparsify_skip")),
        read(DICTIONARY, "Gemma Scope, `.npz`", "(Gemma Scope)", file("gemma_scope/params.npz")),
        read(
            DICTIONARY, "the same, packed", "(Gemma Scope)", file("gemma_scope_packed/params.npz")),
        read(
            DICTIONARY,
            "the same with texts or objects beside its arrays",
            "(Gemma Scope)",
            DictionaryCases::withTexts),
        read(DICTIONARY, "overcomplete", "(overcomplete)", DictionaryCases::overcomplete),
        read(DICTIONARY, "settings with a byte order mark", "(SAELens)", saeLens("\uFEFF", "")),
        read(
            DICTIONARY,
            "Python's `NaN` in settings nobody needs",
            "(SAELens)",
            saeLens("'l1': NaN")),
        refused(
            DICTIONARY,
            "SAELens, gated",
            "architecture is 'gated', expected standard",
            saeLens("'architecture': 'gated'")),
        refused(
            DICTIONARY,
            "SAELens, temporal",
            "architecture is 'temporal', expected standard",
            saeLens("'architecture': 'temporal'")),
        refused(
            DICTIONARY,
            "SAELens, outputs of single heads (`hook_z`)",
            "reshape_activations is 'hook_z', expected none",
            saeLens("'reshape_activations': 'hook_z'")),
        refused(
            DICTIONARY,
            "SAELens without its settings",
            "cfg.json is missing: a SAELens dictionary needs it",
            DictionaryCases::withoutSettings),
        refused(
            DICTIONARY,
            "the table of a harvest",
            "is a Parquet file, not a model: `harvest` takes the table of a harvest, and `images`"
                + " one of images",
            text("features.parquet", "PAR1....PAR1")),
        refused(
            DICTIONARY,
            "`run.json`, settings without their weights",
            "is JSON, settings or the record of a run, not weights: give the file or folder of"
                + " weights",
            text("run.json", "{\"command\": \"pool\"}")),
        refused(
            DICTIONARY,
            "the folder of a run, such as a pool",
            "holds no checkpoint but a run (`pool` takes the folder of a pool): expected",
            folderOf(Map.of("run.json", new byte[9]))),
        refused(
            DICTIONARY,
            "a folder of images",
            "holds no checkpoint but images (`images` takes them): expected",
            folderOf(Map.of("cat/a.png", new byte[9]))),
        refused(
            DICTIONARY,
            "a zip of images",
            "is a zip file of images, not a model: `images` takes it",
            DictionaryCases::zipOfImages),
        refused(
            DICTIONARY,
            "a picture",
            "is a picture, not a model: `image` takes one, and `images` a folder of them",
            text("a.png", "\u0089PNG\r\n\u001a\n")),
        refused(
            DICTIONARY,
            "a tar",
            "is a tar archive: unpack it, or give it as `images` if it holds those",
            folder ->
                Files.write(
                    folder.resolve("a.tar"), new TarFiles().add("a.png", '0', PICTURE).whole())));
  }

  private static Path withTexts(Path folder) throws IOException {
    Path file = folder.resolve("params.npz");
    String header = "{'descr': '<U1', 'fortran_order': False, 'shape': (1,), }\n";
    try (ZipFile whole = new ZipFile("src/test/resources/dictionaries/gemma_scope/params.npz");
        ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (ZipEntry entry : Collections.list(whole.entries())) {
        zip.putNextEntry(new ZipEntry(entry.getName()));
        whole.getInputStream(entry).transferTo(zip);
      }
      zip.putNextEntry(new ZipEntry("notes.npy"));
      String text = "\u0093NUMPY\1\0" + (char) header.length() + '\0' + header + "a\0\0\0";
      zip.write(text.getBytes(StandardCharsets.ISO_8859_1));
    }
    return file;
  }

  private static Path zipOfImages(Path folder) throws IOException {
    Path file = folder.resolve("images.zip");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry("cat/a.png"));
      zip.write(PICTURE);
    }
    return file;
  }

  private static FileCase.InFolder file(String name) {
    return there(Path.of("src/test/resources/dictionaries").resolve(name));
  }

  private static FileCase.InFolder saeLens(String settings) {
    return saeLens("", settings);
  }

  private static FileCase.InFolder saeLens(String start, String settings) {
    return folder -> {
      withoutSettings(folder);
      Files.writeString(
          folder.resolve("cfg.json"),
          start
              + ("{"
                      + settings
                      + (settings.isEmpty() ? "" : ",")
                      + "'hook_name': 'blocks.2.hook_mlp_out'}")
                  .replace('\'', '"'));
      return folder;
    };
  }

  private static Path withoutSettings(Path folder) {
    try (Scope scope = Scope.open()) {
      SafetensorsWriter.write(
          folder.resolve("sae_weights.safetensors"),
          Map.of(
              "W_enc", Tensors.zeros(3, 4),
              "b_enc", Tensors.zeros(4),
              "W_dec", Tensors.zeros(4, 3),
              "b_dec", Tensors.zeros(3)),
          Map.of());
    }
    return folder;
  }

  private static Path overcomplete(Path folder) throws IOException {
    try (Scope scope = Scope.open()) {
      SafetensorsWriter.write(
          folder.resolve("sae.safetensors"),
          Map.of(
              "encoder.final_block.0.weight", Tensors.zeros(4, 3),
              "encoder.final_block.0.bias", Tensors.zeros(4),
              "dictionary._weights", Tensors.zeros(4, 3)),
          Map.of());
    }
    Files.writeString(folder.resolve("config.json"), "{\"architecture\": \"topk\", \"top_k\": 2}");
    return folder;
  }
}
