package org.tiltlens.vision;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.vision.Preprocessing.Channels;

/**
 * What a network is to see of an image, and who says so: the user, a file beside the network, or
 * what such networks usually expect.
 *
 * @param preprocessing of images in [-1, 1]
 * @param whence for people
 */
record NetworkImages(Preprocessing preprocessing, String whence) {
  /** The user's words for it. */
  static final List<String> OPTIONS = List.of("preset", "mean", "std", "size");

  private static final double BYTE = 255;
  private static final double NEARLY = 1e-6;

  /**
   * The user's word before that of a file beside the network, and that before what is usual.
   *
   * @throws CheckpointException if one of them cannot be used; one line
   */
  static NetworkImages of(Recognised network, Beside beside) {
    try {
      NetworkImages images =
          huggingFace(beside.preprocessing())
              .or(() -> timm(beside.configuration()))
              .or(() -> metadata(network))
              .orElse(new NetworkImages(network.preprocessing(), "usual for it"));
      return images.with(beside.options());
    } catch (IllegalArgumentException e) {
      throw new CheckpointException("how the network wants its images: " + e.getMessage(), e);
    }
  }

  /** Whether the user or a file beside a network says it. */
  static boolean areSaid(Beside beside) {
    return huggingFace(beside.preprocessing()).isPresent()
        || timm(beside.configuration()).isPresent()
        || OPTIONS.subList(0, 3).stream().anyMatch(beside.options()::containsKey);
  }

  /**
   * Hugging Face's {@code preprocessor_config.json}: {@code (factor v - mean) / std} of bytes v.
   */
  private static Optional<NetworkImages> huggingFace(JsonNode said) {
    boolean normalised = said.path("do_normalize").asBoolean(true);
    if (said.isMissingNode() || (normalised && !said.has("image_mean"))) {
      return Optional.empty();
    }
    double white =
        said.path("do_rescale").asBoolean(true)
            ? BYTE * said.path("rescale_factor").asDouble(1 / BYTE)
            : BYTE;
    Preprocessing images =
        new Preprocessing(
            Channels.RGB,
            0,
            Math.abs(white - 1) < NEARLY ? 1 : white,
            normalised ? numbers(said, "image_mean") : List.of(0.0, 0.0, 0.0),
            normalised ? numbers(said, "image_std") : List.of(1.0, 1.0, 1.0),
            OptionalInt.empty());
    return Optional.of(new NetworkImages(images, "preprocessor_config.json"));
  }

  /** timm's and OpenCLIP's {@code config.json}. */
  private static Optional<NetworkImages> timm(JsonNode config) {
    JsonNode said =
        config.has("pretrained_cfg")
            ? config.path("pretrained_cfg")
            : config.path("preprocess_cfg");
    return said.has("mean") && said.has("std")
        ? Optional.of(
            new NetworkImages(
                Preprocessing.ofMeanAndStd(numbers(said, "mean"), numbers(said, "std")),
                "config.json"))
        : Optional.empty();
  }

  /** The metadata of a network that was trained here. */
  private static Optional<NetworkImages> metadata(Recognised network) {
    Map<String, String> said = network.store().metadata();
    Preprocessing usual = network.preprocessing();
    return said.containsKey(Normalisation.MEAN_KEY) || said.containsKey(Normalisation.STD_KEY)
        ? Optional.of(
            new NetworkImages(
                Preprocessing.ofMeanAndStd(
                    numbers(said, Normalisation.MEAN_KEY, usual.mean()),
                    numbers(said, Normalisation.STD_KEY, usual.std())),
                "the file's metadata"))
        : Optional.empty();
  }

  private static List<Double> numbers(JsonNode said, String key) {
    JsonNode node = said.path(key);
    List<Double> numbers = new ArrayList<>();
    node.forEach(each -> numbers.add(each.asDouble(Double.NaN)));
    if (numbers.size() != 3 || numbers.stream().anyMatch(number -> !Double.isFinite(number))) {
      throw new IllegalArgumentException(
          key + " is " + (node.isMissingNode() ? "not said" : node) + ", expected three numbers");
    }
    return numbers;
  }

  private NetworkImages with(Map<String, String> options) {
    if (OPTIONS.stream().noneMatch(options::containsKey)) {
      return this;
    }
    Preprocessing base =
        Optional.ofNullable(options.get("preset"))
            .map(word -> ImagePreset.of(word).images())
            .orElse(preprocessing);
    boolean own = options.keySet().stream().anyMatch(OPTIONS.subList(0, 3)::contains);
    return new NetworkImages(
        new Preprocessing(
            base.channels(),
            base.low(),
            base.high(),
            numbers(options, "mean", base.mean()),
            numbers(options, "std", base.std()),
            size(options)),
        own ? "as said" : whence);
  }

  private static List<Double> numbers(
      Map<String, String> options, String key, List<Double> otherwise) {
    String value = options.get(key);
    if (value == null) {
      return otherwise;
    }
    try {
      return Arrays.stream(value.split(",")).map(String::strip).map(Double::valueOf).toList();
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          key + " is '" + value + "', expected three numbers such as 0.5,0.5,0.5", e);
    }
  }

  private static OptionalInt size(Map<String, String> options) {
    String value = options.get("size");
    try {
      return value == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(value));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "size is '" + value + "', expected a whole number of pixels", e);
    }
  }

  /** One line: {@code images: mean 0.5, 0.5, 0.5, std 0.5, 0.5, 0.5 (usual for it)}. */
  String describe() {
    return "images: %smean %s, std %s%s (%s)"
        .formatted(
            preprocessing.size().isPresent()
                ? "resized to " + preprocessing.size().getAsInt() + ", "
                : "",
            commas(preprocessing.mean()),
            commas(preprocessing.std()),
            preprocessing.high() == 1 ? "" : " of 0.." + preprocessing.high(),
            whence);
  }

  private static String commas(List<Double> numbers) {
    return numbers.stream().map(Object::toString).collect(Collectors.joining(", "));
  }
}
