package org.tiltlens.synthesis;

import static org.tiltlens.torch.Tensors.addInPlace;
import static org.tiltlens.torch.Tensors.describe;
import static org.tiltlens.torch.Tensors.float32;
import static org.tiltlens.torch.Tensors.float64;
import static org.tiltlens.torch.Tensors.plus;
import static org.tiltlens.torch.Tensors.scale;
import static org.tiltlens.torch.Tensors.shape;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Fourier;
import org.tiltlens.torch.Layers;
import org.tiltlens.torch.Scope;

/**
 * How strong each frequency is in the images of a corpus, on average.
 *
 * <pre>
 *   r = mean over images of |rfft2(colour directions of (x + 1) / 2)|
 * </pre>
 *
 * <p>Source: Fel et al. 2023 (arXiv 2306.06805), section 3, whose published spectrum is that of
 * ImageNet in the colour directions of {@link FourierAscent}.
 *
 * @param magnitudes r, (3, H, W/2 + 1) for images of even width W, at least 0, on the CPU, float32;
 *     owned by this spectrum
 * @param images how many were averaged, at least 1
 */
public record MagnitudeSpectrum(Tensor magnitudes, long images) implements AutoCloseable {
  private static final String MAGNITUDES = "magnitudes";
  private static final String IMAGES = "images";

  public MagnitudeSpectrum {
    if (magnitudes.dim() != 3
        || magnitudes.size(0) != 3
        || magnitudes.size(1) < 2
        || magnitudes.size(1) != 2 * (magnitudes.size(2) - 1)) {
      throw new IllegalArgumentException(
          "a spectrum of shape "
              + describe(magnitudes)
              + ": expected 3 x H x (H/2 + 1), of square images with an even side");
    }
    if (images < 1) {
      throw new IllegalArgumentException("a spectrum of " + images + " images: expected some");
    }
  }

  /**
   * The spectrum of a corpus; the caller closes it.
   *
   * @param images (3, H, H) in [-1, 1] each, all of one size with H even; asked for one by one
   *     ({@code hasNext} too, which is where a stream makes them), each in a {@code Scope} that
   *     frees it
   * @throws IllegalArgumentException if there are none or they differ in shape
   */
  public static MagnitudeSpectrum of(Iterator<Tensor> images) {
    try (Scope scope = Scope.open()) {
      Tensor total = null;
      long count = 0;
      for (Tensor sum = added(null, images); sum != null; sum = added(sum, images)) {
        total = sum;
        count++;
      }
      if (total == null) {
        throw new IllegalArgumentException("the spectrum of no images: expected some");
      }
      return owning(float32(scale(total, 1.0 / count)), count);
    }
  }

  /** The sum with the next image's magnitudes; null if there is no more. */
  private static Tensor added(Tensor total, Iterator<Tensor> images) {
    try (Scope scope = Scope.open()) {
      if (!images.hasNext()) {
        return null;
      }
      Tensor magnitudes = magnitudes(images.next());
      if (total == null) {
        return scope.keep(magnitudes);
      }
      if (!Arrays.equals(shape(total), shape(magnitudes))) {
        throw new IllegalArgumentException(
            "images with spectra of %s and %s: expected one size"
                .formatted(describe(total), describe(magnitudes)));
      }
      addInPlace(total, magnitudes, 1);
      return total;
    }
  }

  /** Of one image, (3, H, W/2 + 1), float64. */
  static Tensor magnitudes(Tensor image) {
    Tensor unit = scale(plus(image, 1), 0.5).unsqueeze(0);
    return float64(Fourier.transform(ColourCorrelation.toDirections(unit)).abs().squeeze(0));
  }

  static MagnitudeSpectrum owning(Tensor magnitudes, long images) {
    return new MagnitudeSpectrum(Scope.keepForever(magnitudes), images);
  }

  /** Side of the images. */
  public int size() {
    return (int) magnitudes.size(1);
  }

  /**
   * The spectrum for images of another size, stretched bilinearly as Horama does; the caller closes
   * it. A frequency keeps its place relative to the highest.
   *
   * @param size side in pixels, even
   */
  public MagnitudeSpectrum resized(int size) {
    try (Scope scope = Scope.open()) {
      Tensor resized = Layers.resizeBilinear(magnitudes.unsqueeze(0), size, size / 2 + 1);
      return owning(resized.squeeze(0).contiguous(), images);
    }
  }

  /** Writes the spectrum as a safetensors file. */
  public void write(Path file) {
    SafetensorsWriter.write(
        file, Map.of(MAGNITUDES, magnitudes), Map.of(IMAGES, Long.toString(images)));
  }

  /**
   * Reads what {@link #write} wrote; the caller closes it.
   *
   * @throws CheckpointException if the file is damaged or no spectrum
   */
  public static MagnitudeSpectrum read(Path file) {
    try (TensorStore store = Checkpoints.open(file);
        Scope scope = Scope.open()) {
      Tensor magnitudes = float32(store.load(MAGNITUDES));
      // NaN is not at least 0 either.
      if (!(magnitudes.min().item_double() >= 0)) {
        throw new CheckpointException(file + " is no spectrum: it has negative magnitudes");
      }
      long images = Long.parseLong(store.metadata().getOrDefault(IMAGES, ""));
      return owning(magnitudes, images);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(file + " is no spectrum: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    Scope.release(magnitudes);
  }
}
