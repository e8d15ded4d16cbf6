package org.tiltlens.vision;

import static org.tiltlens.torch.Tensors.sum;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Layers;
import org.tiltlens.torch.Tensors;

/**
 * What a network of others expects of its images, as its {@link NetworkSettings} say it.
 *
 * <pre>
 *   { "channels": "rgb", "range": [0, 1], "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "size": 224 }
 * </pre>
 *
 * <p>Images in [-1, 1] are resized, brought into {@code channels}, spread over {@code range}, and
 * normalised: {@code (v - mean) / std}. Every key may be left out; the defaults are those above
 * (ImageNet's), and images keep their own size.
 *
 * @param channels which planes the network sees, in its order
 * @param low value of black
 * @param high value of white
 * @param mean per plane, in the network's order and range
 * @param std per plane, above 0
 * @param size side in pixels to which images are resized (bilinear, antialiased); empty to take
 *     them as they are
 */
public record Preprocessing(
    Channels channels,
    double low,
    double high,
    List<Double> mean,
    List<Double> std,
    OptionalInt size) {

  /** The planes of an image. */
  public enum Channels {
    /** Red, green, blue. */
    RGB,
    /** Blue, green, red, as OpenCV and Caffe have them. */
    BGR,
    /** One plane of luma, {@code 0.299 R + 0.587 G + 0.114 B} (ITU-R BT.601). */
    GREY;

    int count() {
      return this == GREY ? 1 : 3;
    }
  }

  /** ImageNet's, for images of any size. */
  public static final Preprocessing DEFAULT = ImagePreset.IMAGENET.images();

  /** Of red, green and blue in [0, 1], for images of any size. */
  static Preprocessing ofMeanAndStd(List<Double> mean, List<Double> std) {
    return new Preprocessing(Channels.RGB, 0, 1, mean, std, OptionalInt.empty());
  }

  private static final float[] LUMA = {0.299f, 0.587f, 0.114f};
  private static final int LARGEST_SIZE = 1 << 14;

  public Preprocessing {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (!(Double.isFinite(low) && Double.isFinite(high) && low < high)) {
      throw new IllegalArgumentException(
          "range is [" + low + ", " + high + "], expected two numbers in ascending order");
    }
    requirePerChannel("mean", mean, channels);
    requirePerChannel("std", std, channels);
    if (std.stream().anyMatch(value -> value <= 0)) {
      throw new IllegalArgumentException("std is " + std + ", expected numbers above 0");
    }
    if (size.isPresent() && (size.getAsInt() < 1 || size.getAsInt() > LARGEST_SIZE)) {
      throw new IllegalArgumentException(
          "size is " + size.getAsInt() + ", expected 1.." + LARGEST_SIZE);
    }
  }

  private static void requirePerChannel(String key, List<Double> values, Channels channels) {
    if (values.size() != channels.count() || !values.stream().allMatch(Double::isFinite)) {
      throw new IllegalArgumentException(
          key + " is " + values + ", expected finite numbers, one for each of " + channels.count());
    }
  }

  /** Images (N, 3, H, W) in [-1, 1] as the network expects them; differentiable. */
  Tensor apply(Tensor images, Device device) {
    Tensor x = images;
    if (size.isPresent() && (x.size(2) != size.getAsInt() || x.size(3) != size.getAsInt())) {
      x = Layers.resizeBilinear(x, size.getAsInt(), size.getAsInt());
    }
    if (channels == Channels.BGR) {
      x = x.flip(1);
    }
    Tensor normalised = normalisation().apply(x, device);
    if (channels != Channels.GREY) {
      return normalised;
    }
    // The weights' sum is 1, so that luma may be taken after the same scale and shift of all three.
    Tensor weights = device.place(Tensors.floats(LUMA, 1, LUMA.length, 1, 1));
    return sum(normalised.mul(weights), 1).unsqueeze(1);
  }

  /** {@code v = (low + high) / 2 + x (high - low) / 2}, then {@code (v - mean) / std}. */
  Normalisation normalisation() {
    List<Double> scale = new ArrayList<>();
    List<Double> shift = new ArrayList<>();
    for (int colour = 0; colour < 3; colour++) {
      int plane = Math.min(colour, channels.count() - 1);
      scale.add((high - low) / 2 / std.get(plane));
      shift.add(((high + low) / 2 - mean.get(plane)) / std.get(plane));
    }
    return new Normalisation(scale, shift);
  }

  /** What a network's settings say; the defaults for what they leave out. */
  static Preprocessing of(JsonSettings settings) {
    Channels channels = channels(settings);
    List<Double> range = settings.numbers("range", List.of(DEFAULT.low, DEFAULT.high));
    if (range.size() != 2) {
      throw new IllegalArgumentException("range is " + range + ", expected two numbers");
    }
    return new Preprocessing(
        channels,
        range.get(0),
        range.get(1),
        settings.numbers("mean", inOrder(DEFAULT.mean, channels)),
        settings.numbers("std", inOrder(DEFAULT.std, channels)),
        settings.integer("size", "a whole number of pixels"));
  }

  /** Defaults are red first; grey has none, as there is no usual one. */
  private static List<Double> inOrder(List<Double> rgb, Channels channels) {
    List<Double> ordered = new ArrayList<>(channels == Channels.GREY ? List.of() : rgb);
    if (channels == Channels.BGR) {
      Collections.reverse(ordered);
    }
    return ordered;
  }

  private static Channels channels(JsonSettings settings) {
    if (!settings.has("channels")) {
      return DEFAULT.channels;
    }
    return Arrays.stream(Channels.values())
        .filter(value -> settings.says("channels", value.name().toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(() -> settings.wrong("channels", "rgb, bgr or grey"));
  }
}
