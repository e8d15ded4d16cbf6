package org.tiltlens.vision;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Tensors;

/**
 * What a vision model does to images first: {@code y = scale x + shift}, channel by channel.
 *
 * @param scale one finite number per channel
 * @param shift one finite number per channel
 */
public record Normalisation(List<Double> scale, List<Double> shift) {
  static final String MEAN_KEY = "image_mean";
  static final String STD_KEY = "image_std";
  private static final List<Double> IMAGENET_MEAN = List.of(0.485, 0.456, 0.406);
  private static final List<Double> IMAGENET_STD = List.of(0.229, 0.224, 0.225);

  /** For images that are normalised already: leaves them as they are. */
  public static final Normalisation IDENTITY =
      new Normalisation(List.of(1.0, 1.0, 1.0), List.of(0.0, 0.0, 0.0));

  /** From [-1, 1] with the mean and standard deviation of ImageNet, as DINOv3 was trained. */
  public static final Normalisation IMAGENET = ofMeanAndStd(IMAGENET_MEAN, IMAGENET_STD);

  public Normalisation {
    scale = List.copyOf(scale);
    shift = List.copyOf(shift);
    if (scale.size() != 3
        || shift.size() != 3
        || !scale.stream().allMatch(Double::isFinite)
        || !shift.stream().allMatch(Double::isFinite)) {
      throw new IllegalArgumentException(
          "normalisation: expected three finite numbers each, one per colour, not scale "
              + scale
              + " and shift "
              + shift);
    }
  }

  /**
   * {@code ((x + 1) / 2 - mean) / std} for x in [-1, 1].
   *
   * @param mean per colour, of values in [0, 1]
   * @param std per colour, of values in [0, 1]; above 0
   */
  public static Normalisation ofMeanAndStd(List<Double> mean, List<Double> std) {
    return new Normalisation(
        std.stream().map(s -> 0.5 / s).toList(),
        List.of(
            (0.5 - mean.get(0)) / std.get(0),
            (0.5 - mean.get(1)) / std.get(1),
            (0.5 - mean.get(2)) / std.get(2)));
  }

  /** {@link #IMAGENET} as the metadata of a network say it. */
  public static Map<String, String> imagenetMetadata() {
    return Map.of(MEAN_KEY, joined(IMAGENET_MEAN), STD_KEY, joined(IMAGENET_STD));
  }

  private static String joined(List<Double> values) {
    return values.stream().map(Object::toString).collect(Collectors.joining(","));
  }

  /** The images (N, 3, H, W), normalised, on {@code device}. */
  public Tensor apply(Tensor images, Device device) {
    return device
        .place(images)
        .mul(device.place(perChannel(scale)))
        .add(device.place(perChannel(shift)));
  }

  private static Tensor perChannel(List<Double> values) {
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values.get(i).floatValue();
    }
    return Tensors.floats(floats, 1, floats.length, 1, 1);
  }
}
