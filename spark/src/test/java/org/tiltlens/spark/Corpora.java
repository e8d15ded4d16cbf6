package org.tiltlens.spark;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;

/** The same few images in all layouts, with some that cannot be used. */
final class Corpora {
  private static final int SIDE = 8;

  private Corpora() {}

  static byte[] png(long seed) throws IOException {
    ImageIO.setUseCache(false);
    Random random = new Random(seed);
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    for (int p = 0; p < SIDE * SIDE; p++) {
      image.setRGB(p % SIDE, p / SIDE, random.nextInt());
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(image, "png", png);
    return png.toByteArray();
  }

  static void png(Path file, long seed) throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, png(seed));
  }

  /** All layouts, each in a folder or file of its own. */
  static Path write(Path root) throws IOException {
    Path folder = root.resolve("folder");
    png(folder.resolve("cat/a.png"), 1);
    png(folder.resolve("cat/b: %41#?.png"), 2);
    png(folder.resolve("dog/c.png"), 3);
    png(folder.resolve("dog/.hidden.png"), 4);
    Files.write(folder.resolve("dog/broken.png"), Arrays.copyOf(png(5), 40));
    Files.write(folder.resolve("dog/d.heic"), png(6));
    Files.write(folder.resolve("dog/e.tar"), png(6));
    Files.writeString(
        folder.resolve("odd: %41#?.txt"),
        "dog/c.png\n../out.png\ncat/b: %41#?.png\nlost.png\n./cat/a.png\n");
    tar(root.resolve("tars/a.tar"), "x/1.png", "x/2.png", "../evil.png");
    tar(root.resolve("tars/b.tar.gz"), "y/3.png", "y/4.png", "y/broken.png");
    Files.write(root.resolve("tars/f.heic"), png(6));
    try (ZipOutputStream zip =
        new ZipOutputStream(Files.newOutputStream(root.resolve("images.zip")))) {
      for (String name : new String[] {"cat/a.png", "cat/b.png", "cat/d.png", "dog/c.png"}) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(png(name.hashCode()));
        zip.closeEntry();
      }
    }
    table(root.resolve("table/one.parquet"), 1, 2, 3);
    table(root.resolve("table/two.parquet"), 4, 5);
    idx(root);
    Path cifar = Files.createDirectories(root.resolve("cifar"));
    Files.write(cifar.resolve("data_batch_1.bin"), new byte[3 * 3073]);
    Files.write(cifar.resolve("data_batch_2.bin"), new byte[2 * 3073]);
    Files.writeString(cifar.resolve("batches.meta.txt"), "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n");
    return root;
  }

  private static void idx(Path root) throws IOException {
    Path idx = Files.createDirectories(root.resolve("idx"));
    byte[] images =
        Arrays.copyOf(
            ByteBuffer.allocate(16).putInt(0x803).putInt(4).putInt(4).putInt(4).array(), 16 + 64);
    Files.write(idx.resolve("train-images-idx3-ubyte"), images);
    byte[] labels = {0, 0, 8, 1, 0, 0, 0, 4, 1, 0, 1, 1};
    try (OutputStream out =
        new GZIPOutputStream(Files.newOutputStream(idx.resolve("train-labels-idx1-ubyte.gz")))) {
      out.write(labels);
    }
    Files.writeString(idx.resolve("class-names.txt"), "shirt\nshoe\n");
  }

  private static void table(Path file, int... seeds) throws IOException {
    Files.createDirectories(file.getParent());
    StringBuilder rows = new StringBuilder();
    for (int seed : seeds) {
      rows.append(rows.isEmpty() ? "" : ", ")
          .append("(unhex('" + HexFormat.of().formatHex(png(seed)) + "'))");
    }
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute(
          "COPY (FROM (VALUES %s) AS t(image)) TO '%s' (FORMAT parquet)".formatted(rows, file));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A tar of images, packed if its name says so; those called broken are. */
  static void tar(Path file, String... names) throws IOException {
    Files.createDirectories(file.getParent());
    OutputStream plain = Files.newOutputStream(file);
    try (OutputStream out = file.toString().endsWith(".gz") ? new GZIPOutputStream(plain) : plain) {
      for (String name : names) {
        byte[] png = png(name.hashCode());
        byte[] data = name.endsWith("broken.png") ? Arrays.copyOf(png, png.length / 2) : png;
        byte[] header = new byte[512];
        put(header, 0, name);
        put(header, 124, "%011o".formatted(data.length));
        put(header, 148, "        ");
        put(header, 156, "0");
        put(header, 257, "ustar\00000");
        int sum = 0;
        for (byte each : header) {
          sum += each & 0xFF;
        }
        put(header, 148, "%06o\0".formatted(sum));
        out.write(header);
        out.write(Arrays.copyOf(data, (data.length + 511) / 512 * 512));
      }
      out.write(new byte[1024]);
    }
  }

  private static void put(byte[] block, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(bytes, 0, block, at, bytes.length);
  }
}
