package org.tiltlens.torch;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.bytedeco.pytorch.Tensor;

/** Images as tensors: (3, H, W) float32 in [-1, 1], red first, black = -1. */
public final class Images {
  static {
    Engine.start();
  }

  private Images() {}

  /** The image as (3, H, W) in [-1, 1]; transparency is ignored. */
  public static Tensor toTensor(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    int[] pixels = image.getRGB(0, 0, width, height, null, 0, width);
    float[] values = new float[3 * pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      for (int channel = 0; channel < 3; channel++) {
        int level = pixels[i] >> (16 - 8 * channel) & 0xFF;
        values[channel * pixels.length + i] = level / 127.5f - 1;
      }
    }
    return Tensors.floats(values, 3, height, width);
  }

  /**
   * A (3, H, W) tensor in [-1, 1] as an image; values outside are clipped, as guided-diffusion
   * does.
   */
  public static BufferedImage toImage(Tensor tensor) {
    if (tensor.dim() != 3 || tensor.size(0) != 3) {
      throw new IllegalArgumentException("an image is 3xHxW, not " + Tensors.describe(tensor));
    }
    int height = (int) tensor.size(1);
    int width = (int) tensor.size(2);
    float[] values = Tensors.toFloats(tensor);
    int[] pixels = new int[height * width];
    for (int i = 0; i < pixels.length; i++) {
      int rgb = 0;
      for (int channel = 0; channel < 3; channel++) {
        float level = (values[channel * pixels.length + i] + 1) * 127.5f;
        rgb = rgb << 8 | Math.round(Math.max(0, Math.min(255, level)));
      }
      pixels[i] = rgb;
    }
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, width, height, pixels, 0, width);
    return image;
  }

  /**
   * What is left of images once they are written: clipped, and rounded to 256 levels.
   *
   * @param images (N, 3, H, W)
   */
  public static Tensor written(Tensor images) {
    List<Tensor> each = new ArrayList<>();
    for (long i = 0; i < images.size(0); i++) {
      each.add(toTensor(toImage(images.select(0, i))));
    }
    return Tensors.stack(each).to(images);
  }

  /** Writes a picture whole or not at all. */
  public static void writePng(Path file, BufferedImage picture) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    if (!ImageIO.write(picture, "png", temporary.toFile())) {
      throw new IOException("this Java cannot write PNG");
    }
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
