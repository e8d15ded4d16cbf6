package org.tiltlens.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Precision;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.unet.AdmUnet;
import org.tiltlens.unet.AdmUnetConfig;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.PooledModel;
import org.tiltlens.vision.VisionCheckpoint;

/**
 * The reference networks in other precisions: how far off values and gradients are, as the
 * Euclidean norm of the difference over that of the reference. {@link #main} prints the table of
 * the docs.
 */
@Tag("golden")
class GoldenPrecisionTest {
  /** A product's relative rounding is half of 2^-7 and 2^-10; a network's layers add some up. */
  @ParameterizedTest
  @CsvSource({"fp32, 0, 1e-4", "bf16, 1e-4, 0.08", "fp16, 1e-5, 0.01"})
  void networksAreOffByTheirRounding(String precision, double least, double most) {
    Device device = new Device("cpu", Precision.named(precision));
    Map<String, Double> off = new TreeMap<>(prior(device));
    off.putAll(vision(device));
    assertThat(off).hasSize(4);
    off.forEach((what, found) -> assertThat(found).as(what).isBetween(least, most));
  }

  private static Map<String, Double> prior(Device device) {
    try (TensorStore store = Goldens.open("adm_unet.safetensors");
        AdmUnet unet = AdmUnet.load(store, AdmUnetConfig.fromOptions(store.metadata()), device);
        Scope scope = Scope.open()) {
      Tensor input = Autograd.leaf(store.load("input"));
      double[] timesteps = Tensors.toDoubles(store.load("timesteps"));
      Tensor output = device.compute(() -> unet.forward(input, timesteps, labels(store)));
      Tensor gradient = Autograd.gradient(output.mul(store.load("probe.weight")).sum(), input);
      return Map.of(
          "prior, output", distance(output, store.load("output")),
          "prior, gradient", distance(gradient, store.load("input_grad")));
    }
  }

  private static int[] labels(TensorStore store) {
    return store.entries().containsKey("y")
        ? Arrays.stream(Tensors.toLongs(store.load("y"))).mapToInt(Math::toIntExact).toArray()
        : null;
  }

  /** Against the same network in float32, which {@code GoldenVisionTest} holds to the reference. */
  private static Map<String, Double> vision(Device device) {
    Path file = Goldens.folder().resolve("dinov3_convnext_hf");
    try (PooledModel reference = VisionCheckpoint.open(file, Device.CPU, Optional.empty());
        PooledModel model = VisionCheckpoint.open(file, device, Optional.empty());
        TensorStore store = Goldens.open("dinov3_convnext.safetensors");
        Scope scope = Scope.open()) {
      List<HookPoint> points = model.hookPoints();
      HookPoint last = points.get(points.size() - 1);
      Tensor one = Autograd.leaf(store.load("input"));
      Tensor other = Autograd.leaf(store.load("input"));
      Tensor expected = reference.activations(one, last);
      Tensor found = model.activations(other, last);
      return Map.of(
          "vision, activations", distance(found, expected),
          "vision, gradient",
              distance(
                  Autograd.gradient(found.square().sum(), other),
                  Autograd.gradient(expected.square().sum(), one)));
    }
  }

  private static double distance(Tensor found, Tensor expected) {
    return found.sub(expected).norm().item_double() / expected.norm().item_double();
  }

  /** Prints the table of docs/numerics.md. */
  public static void main(String... none) {
    System.out.println("| precision | prior | its gradient | vision model | its gradient |");
    System.out.println("|---|---|---|---|---|");
    for (String precision : List.of("fp32", "bf16", "fp16")) {
      Device device = new Device("cpu", Precision.named(precision));
      Map<String, Double> prior = prior(device);
      Map<String, Double> vision = vision(device);
      System.out.printf(
          "| %s | %.1e | %.1e | %.1e | %.1e |%n",
          precision,
          prior.get("prior, output"),
          prior.get("prior, gradient"),
          vision.get("vision, activations"),
          vision.get("vision, gradient"));
    }
  }
}
