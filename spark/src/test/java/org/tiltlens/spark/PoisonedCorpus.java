package org.tiltlens.spark;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.tiltlens.corpus.Framing;
import org.tiltlens.harvest.HarvestSpec;

/** A zip of small noise, of which some images are none. */
final class PoisonedCorpus {
  /** Those that are none. */
  static final Set<Integer> POISONED = Set.of(0, 319, 1600, 4321);

  private static final Path GOLDENS =
      Path.of("../core/src/test/resources/goldens").toAbsolutePath().normalize();
  private static final int SIDE = 32;

  private PoisonedCorpus() {}

  static Path write(Path zip, int images) throws IOException {
    ImageIO.setUseCache(false);
    Random random = new Random(9);
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      out.setLevel(0);
      for (int i = 0; i < images; i++) {
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        for (int p = 0; p < SIDE * SIDE; p++) {
          image.setRGB(p % SIDE, p / SIDE, random.nextInt());
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        byte[] bytes = png.toByteArray();
        out.putNextEntry(new ZipEntry("%05d.png".formatted(i)));
        out.write(POISONED.contains(i) ? Arrays.copyOf(bytes, bytes.length / 2) : bytes);
        out.closeEntry();
      }
    }
    return zip;
  }

  /** What a tiny random network and 128 random features say of it. */
  static HarvestSpec harvest(Path images) {
    return new HarvestSpec(
        GOLDENS.resolve("dinov3_convnext_hf").toString(),
        Map.of(),
        null,
        GOLDENS.resolve("cnnsae").toString(),
        images.toString(),
        Framing.crop(SIDE),
        Integer.MAX_VALUE,
        "mix:0.7",
        0.5,
        16);
  }
}
