package org.tiltlens.unet;

import java.util.HashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** UNets of random weights, for tests that need no particular one. */
public final class RandomUnets {
  /** 16 x 16 pixels, two levels of 32 channels, attention at the coarser. */
  public static final AdmUnetConfig TINY = AdmUnetConfig.fromOptions(options());

  private RandomUnets() {}

  /** The options of {@link #TINY} with others added or changed. */
  public static Map<String, String> options(String... changes) {
    Map<String, String> options =
        new HashMap<>(
            Map.of(
                "image_size", "16",
                "num_channels", "32",
                "num_res_blocks", "1",
                "channel_mult", "1,1",
                "attention_resolutions", "8",
                "num_head_channels", "16",
                "learn_sigma", "True",
                "resblock_updown", "True"));
    for (int i = 0; i < changes.length; i += 2) {
      options.put(changes[i], changes[i + 1]);
    }
    return options;
  }

  /** A network whose activations keep their size: weights of variance 1 / fan-in. */
  public static AdmUnet random(AdmUnetConfig config) {
    Map<String, Tensor> tensors = new HashMap<>();
    AdmUnet.shapes(config)
        .forEach(
            (name, dimensions) -> {
              long[] shape = dimensions.stream().mapToLong(Long::longValue).toArray();
              double fanIn = 1;
              for (int i = 1; i < shape.length; i++) {
                fanIn *= shape[i];
              }
              double scale = shape.length == 1 ? 0.1 : 1 / Math.sqrt(fanIn);
              try (Scope scope = Scope.open()) {
                Tensor values = Noise.normal(name.hashCode(), 0, 0, shape);
                tensors.put(name, Scope.keepForever(Tensors.scale(values, scale)));
              }
            });
    return new AdmUnet(config, Weights.of(tensors), Device.CPU);
  }
}
