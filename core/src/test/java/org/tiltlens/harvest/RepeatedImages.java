package org.tiltlens.harvest;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.GZIPInputStream;

/**
 * A large corpus of a small one: the images of an IDX file again and again, each pixel moved by up
 * to 8 levels, another way each time.
 */
public final class RepeatedImages {
  private static final int MAGIC = 0x803;
  private static final int NOISE = 8;

  private RepeatedImages() {}

  /**
   * @param args an IDX file in gzip, the file to write, how many images
   */
  public static void main(String[] args) throws IOException {
    byte[][] images = read(Path.of(args[0]));
    int count = Integer.parseInt(args[2]);
    int side = (int) Math.sqrt(images[0].length);
    Random random = new Random(1);
    try (DataOutputStream out =
        new DataOutputStream(
            new BufferedOutputStream(Files.newOutputStream(Path.of(args[1])), 1 << 20))) {
      for (int each : new int[] {MAGIC, count, side, side}) {
        out.writeInt(each);
      }
      for (int i = 0; i < count; i++) {
        byte[] image = images[i % images.length].clone();
        for (int p = 0; p < image.length; p++) {
          int level = (image[p] & 0xFF) + random.nextInt(2 * NOISE + 1) - NOISE;
          image[p] = (byte) Math.max(0, Math.min(255, level));
        }
        out.write(image);
      }
    }
  }

  private static byte[][] read(Path file) throws IOException {
    try (InputStream packed = Files.newInputStream(file);
        DataInputStream in = new DataInputStream(new GZIPInputStream(packed))) {
      int magic = in.readInt();
      byte[][] images = new byte[in.readInt()][];
      int pixels = in.readInt() * in.readInt();
      if (magic != MAGIC || pixels < 1) {
        throw new IOException("'" + file + "' is no IDX file of images");
      }
      for (int i = 0; i < images.length; i++) {
        images[i] = in.readNBytes(pixels);
      }
      return images;
    }
  }
}
