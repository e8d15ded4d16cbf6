package org.tiltlens.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Layers;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * How images of any size become squares of one size.
 *
 * <p>Resizing is bilinear and antialiased, as in PIL and torchvision. An image more than four times
 * as large as wanted is first averaged over whole blocks of pixels (PIL's {@code reducing_gap}),
 * which cannot be told from a fair resize and keeps photographs from filling the memory.
 *
 * @param size side of the square, in pixels
 * @param fit what happens to images of another shape
 */
public record Framing(int size, Fit fit) {
  /** Larger images are of no use to any model here. */
  private static final int MAX_SIZE = 4096;

  /** Blocks of pixels are averaged while this many remain per wanted pixel. */
  private static final int REDUCING_GAP = 4;

  /**
   * Of an image this many times as long as wide only the middle is resized for a crop, lest the
   * rest fill the memory; of others all, which keeps their bits whatever becomes of this rule.
   */
  private static final int EXTREME = 8;

  private static final double BLACK = -1;

  private static final String SIZE_KEY = "image_size";
  private static final String FIT_KEY = "fit";

  /** What happens to images of another shape. */
  public enum Fit {
    /** The shorter side is resized to the wanted size and the centre cropped. */
    CROP,
    /** Shrunk to fit if larger, never enlarged, and centred on black. */
    PAD
  }

  public Framing {
    if (size < 1 || size > MAX_SIZE) {
      throw new IllegalArgumentException(
          "image size " + size + " pixels, must be in 1.." + MAX_SIZE);
    }
  }

  /** Resize and centre crop. */
  public static Framing crop(int size) {
    return new Framing(size, Fit.CROP);
  }

  /** Centre on black. */
  public static Framing pad(int size) {
    return new Framing(size, Fit.PAD);
  }

  /**
   * Reads one image file: (3, size, size) in [-1, 1].
   *
   * @throws IllegalArgumentException if it is no image, damaged or too large
   * @throws NoSuchFileException if there is none
   * @throws IOException if it cannot be read
   */
  public Tensor read(Path file) throws IOException {
    return of(decoded(file));
  }

  /**
   * Reads one image from bytes that anyone may have sent: (3, size, size) in [-1, 1].
   *
   * @throws IllegalArgumentException if it is no image, damaged or beyond the limits
   * @throws IOException if they cannot be read
   */
  public Tensor read(InputStream file, ImageLimits limits) throws IOException {
    try {
      return of(ImageDecoder.decode(file, limits));
    } catch (BrokenImageException e) {
      throw new IllegalArgumentException("the image " + e.getMessage(), e);
    }
  }

  /**
   * Fails as {@link #read} does if a file is no picture, without an engine.
   *
   * @throws IllegalArgumentException if it is no image, damaged or too large
   * @throws IOException if it cannot be read
   */
  public static void requirePicture(Path file) throws IOException {
    decoded(file);
  }

  private static RawImage decoded(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException("image '" + file + "' is no file: give one picture");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return ImageDecoder.decode(in);
    } catch (BrokenImageException e) {
      throw new IllegalArgumentException("image '" + file + "' " + e.getMessage(), e);
    }
  }

  /** The image as (3, size, size) in [-1, 1], contiguous: no view into a larger one. */
  Tensor of(RawImage image) {
    return Scope.of(() -> fit == Fit.CROP ? cropped(image) : padded(image));
  }

  private Tensor cropped(RawImage image) {
    Tensor resized = resized(worthResizing(image), (double) size / shorter(image));
    return centre(resized, size, size).contiguous();
  }

  private static int shorter(RawImage image) {
    return Math.min(image.width(), image.height());
  }

  /** The whole image, or a middle that the crop shows with as much again on either side. */
  private static RawImage worthResizing(RawImage image) {
    int most = 3 * shorter(image);
    if (Math.max(image.width(), image.height()) <= EXTREME * shorter(image)) {
      return image;
    }
    return image.middle(middle(image.width(), most), middle(image.height(), most));
  }

  /**
   * At most {@code most} of a side, or one more where the middle would else lie half a pixel off.
   */
  private static int middle(int side, int most) {
    return side <= most ? side : most + (side - most) % 2;
  }

  private Tensor padded(RawImage image) {
    int longer = Math.max(image.width(), image.height());
    Tensor inside = resized(image, Math.min(1, (double) size / longer));
    Tensor canvas = Tensors.full(BLACK, 3, size, size);
    centre(canvas, inside.size(1), inside.size(2)).copy_(inside);
    return canvas;
  }

  private Tensor resized(RawImage image, double factor) {
    int width = scaled(image.width(), factor);
    int height = scaled(image.height(), factor);
    int block = Math.min((int) (1 / factor / REDUCING_GAP), shorter(image));
    RawImage reduced = image.reduced(block);
    Tensor tensor = reduced.toTensor();
    if (reduced.width() == width && reduced.height() == height) {
      return tensor;
    }
    return Layers.resizeBilinear(tensor.unsqueeze(0), height, width).squeeze(0);
  }

  private static int scaled(int side, double factor) {
    return Math.max(1, (int) Math.round(side * factor));
  }

  /** The middle of (3, H, W), a view. */
  private static Tensor centre(Tensor x, long height, long width) {
    return x.narrow(1, (x.size(1) - height) / 2, height).narrow(2, (x.size(2) - width) / 2, width);
  }

  /** As the metadata of a network trained on such images say it; see {@link #stated}. */
  public Map<String, String> metadata() {
    return Map.of(SIZE_KEY, Integer.toString(size), FIT_KEY, fit.name().toLowerCase(Locale.ROOT));
  }

  /**
   * What a network's metadata say of the images it was trained on; empty where they do not.
   *
   * @param metadata of whatever origin: what is no size is as good as absent, and a crop goes
   *     without saying
   */
  public static Optional<Framing> stated(Map<String, String> metadata) {
    String size = metadata.getOrDefault(SIZE_KEY, "");
    if (!size.matches("[1-9]\\d{0,3}") || Integer.parseInt(size) > MAX_SIZE) {
      return Optional.empty();
    }
    boolean pads = Fit.PAD.name().equalsIgnoreCase(metadata.get(FIT_KEY));
    return Optional.of(new Framing(Integer.parseInt(size), pads ? Fit.PAD : Fit.CROP));
  }

  /** Such as {@code crop to 256 x 256}. */
  @Override
  public String toString() {
    return fit.name().toLowerCase(Locale.ROOT) + " to " + size + " x " + size;
  }
}
