package org.tiltlens.dit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.ClassifierFree;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.golden.Goldens;
import org.tiltlens.golden.LatentGoldens;
import org.tiltlens.golden.MemoryStore;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class DitTest {
  private static final String FILE = "dit.safetensors";

  private static DitConfig.Said said(TensorStore store) {
    boolean dropped = Double.parseDouble(LatentGoldens.say(store, "class_dropout_prob")) > 0;
    return new DitConfig.Said(
        OptionalInt.of(LatentGoldens.integer(store, "num_heads")),
        OptionalInt.of(LatentGoldens.integer(store, "input_size")),
        dropped);
  }

  private static Dit load(TensorStore store) {
    TensorStore network = Dit.network(store);
    return Dit.load(network, DitConfig.of(network, said(store)), Device.CPU);
  }

  /** The reference's labels, of which one beyond the classes is for none. */
  private static int[] labels(TensorStore store, String name, int classes) {
    return Arrays.stream(LatentGoldens.integers(store, name))
        .map(label -> label == classes ? Denoiser.NO_CLASS : label)
        .toArray();
  }

  @Test
  @Tag("golden")
  void tensorsTellTheShape() {
    try (TensorStore store = LatentGoldens.open(FILE)) {
      TensorStore network = Dit.network(store);
      DitConfig config = DitConfig.of(network, said(store));
      assertThat(config.channels()).isEqualTo(LatentGoldens.integer(store, "in_channels"));
      assertThat(config.side()).isEqualTo(LatentGoldens.integer(store, "input_size"));
      assertThat(config.patch()).isEqualTo(LatentGoldens.integer(store, "patch_size"));
      assertThat(config.width()).isEqualTo(LatentGoldens.integer(store, "hidden_size"));
      assertThat(config.depth()).isEqualTo(LatentGoldens.integer(store, "depth"));
      assertThat(config.classes()).isEqualTo(LatentGoldens.integer(store, "num_classes"));
      assertThat(config.learnsVariance())
          .isEqualTo(LatentGoldens.say(store, "learn_sigma").equalsIgnoreCase("true"));
    }
  }

  @Test
  @Tag("golden")
  void outputAndInputGradientEqualTheReference() {
    try (TensorStore store = LatentGoldens.open(FILE);
        Scope scope = Scope.open();
        Dit network = load(store)) {
      Tensor input = Autograd.leaf(store.load("input"));
      double[] timesteps = Tensors.toDoubles(store.load("timesteps"));
      Tensor output = network.forward(input, timesteps, labels(store, "labels", network.classes()));
      Goldens.assertClose(output, store.load("output"), Goldens.TOLERANCE, "output");
      Tensor gradient = Autograd.gradient(output.mul(store.load("probe.weight")).sum(), input);
      Goldens.assertClose(gradient, store.load("input_grad"), Goldens.LOOSE, "input_grad");
    }
  }

  /** The reference's batch is the same images twice, of which the second half has no class. */
  @Test
  @Tag("golden")
  void guidanceOfTheFirstChannelsEqualsTheReference() {
    try (TensorStore store = LatentGoldens.open(FILE);
        Scope scope = Scope.open();
        Dit network = load(store)) {
      double scale = Double.parseDouble(LatentGoldens.say(store, "cfg_scale"));
      int channels = LatentGoldens.integer(store, "cfg_channels");
      Tensor all = store.load("cfg.input");
      long half = all.size(0) / 2;
      double[] timesteps = Tensors.toDoubles(store.load("cfg.timesteps").narrow(0, 0, half));
      int[] labels =
          Arrays.copyOf(labels(store, "cfg.labels", network.classes()), Math.toIntExact(half));
      Denoiser guided = new ClassifierFree(network, scale, channels);
      Tensor output = guided.forward(all.narrow(0, 0, half), timesteps, labels);
      Tensor expected = store.load("cfg.output").narrow(0, 0, half);
      Goldens.assertClose(output, expected, Goldens.TOLERANCE, "cfg.output");
      assertThatThrownBy(
              () -> new ClassifierFree(network, scale, (int) network.imageShape()[0] + 1))
          .hasMessageContaining("must be in 1..");
    }
  }

  /** Positions are sinusoids, so that a file without them is the same network. */
  @Test
  @Tag("golden")
  void positionsAreRecomputedWhereTheyLack() {
    try (TensorStore store = LatentGoldens.open(FILE);
        Scope scope = Scope.open();
        Dit network = load(store)) {
      TensorStore without = without(Dit.network(store), "pos_embed");
      try (Dit recomputed = Dit.load(without, DitConfig.of(without, said(store)), Device.CPU)) {
        Tensor input = store.load("input");
        double[] timesteps = Tensors.toDoubles(store.load("timesteps"));
        int[] labels = labels(store, "labels", network.classes());
        Goldens.assertClose(
            recomputed.forward(input, timesteps, labels),
            network.forward(input, timesteps, labels),
            1e-5,
            "output");
      }
      assertThatThrownBy(
              () ->
                  DitConfig.of(
                      without, new DitConfig.Said(said(store).heads(), OptionalInt.empty(), true)))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("sample_size");
    }
  }

  /** Diffusers' names of a network of DiT, as its conversion gives them. */
  private static MemoryStore diffusers(TensorStore network, int depth) {
    MemoryStore copy = new MemoryStore();
    for (String name : network.entries().keySet()) {
      Tensor tensor = network.load(name);
      String kind = name.substring(name.lastIndexOf('.') + 1);
      if (name.startsWith("t_embedder.mlp.")) {
        String layer = name.contains("mlp.0") ? "linear_1." : "linear_2.";
        for (int i = 0; i < depth; i++) {
          String block = "transformer_blocks." + i + ".norm1.emb.timestep_embedder.";
          put(copy, block + layer + kind, tensor);
        }
      } else if (name.startsWith("y_embedder.")) {
        for (int i = 0; i < depth; i++) {
          String block = "transformer_blocks." + i + ".norm1.emb.class_embedder.";
          put(copy, block + "embedding_table.weight", tensor);
        }
      } else if (name.contains(".attn.qkv.")) {
        String block = "transformer_" + name.substring(0, name.indexOf("attn."));
        long width = tensor.size(0) / 3;
        for (int i = 0; i < 3; i++) {
          Tensor part = tensor.narrow(0, i * width, width).contiguous();
          put(copy, block + "attn1.to_" + "qkv".charAt(i) + "." + kind, part);
        }
      } else if (!name.equals("pos_embed")) {
        put(
            copy,
            name.replace("x_embedder.proj", "pos_embed.proj")
                .replace("final_layer.adaLN_modulation.1", "proj_out_1")
                .replace("final_layer.linear", "proj_out_2")
                .replaceFirst("^blocks", "transformer_blocks")
                .replace("attn.proj", "attn1.to_out.0")
                .replace("mlp.fc1", "ff.net.0.proj")
                .replace("mlp.fc2", "ff.net.2")
                .replace("adaLN_modulation.1", "norm1.linear"),
            tensor);
      }
    }
    return copy;
  }

  private static void put(MemoryStore copy, String name, Tensor tensor) {
    Long[] shape = Arrays.stream(Tensors.shape(tensor)).boxed().toArray(Long[]::new);
    copy.put(name, Tensors.toFloats(tensor), shape);
  }

  /** At timestep 0 the sinusoids of both are the same, elsewhere they are not. */
  @Test
  @Tag("golden")
  void diffusersNamesAreTheSameNetworkUpToItsSinusoids() {
    try (TensorStore store = LatentGoldens.open(FILE);
        Scope scope = Scope.open();
        Dit network = load(store)) {
      MemoryStore renamed = diffusers(Dit.network(store), LatentGoldens.integer(store, "depth"));
      DitConfig config = DitConfig.of(renamed, said(store));
      assertThat(config.diffusers()).isTrue();
      try (Dit other = Dit.load(renamed, config, Device.CPU)) {
        Tensor input = store.load("input");
        int[] labels = labels(store, "labels", network.classes());
        double[] clean = new double[labels.length];
        Goldens.assertClose(
            other.forward(input, clean, labels),
            network.forward(input, clean, labels),
            1e-5,
            "output at 0");
        double[] later = Tensors.toDoubles(store.load("timesteps"));
        double[] same = Tensors.toDoubles(network.forward(input, later, labels));
        assertThat(Tensors.toDoubles(other.forward(input, later, labels))).isNotEqualTo(same);
      }
    }
  }

  private static MemoryStore without(TensorStore store, String left) {
    MemoryStore copy = new MemoryStore();
    store
        .entries()
        .forEach(
            (name, info) -> {
              if (!name.equals(left)) {
                copy.put(
                    name, Tensors.toFloats(store.load(name)), info.shape().toArray(Long[]::new));
              }
            });
    return copy;
  }

  /** Peebles and Xie 2023, table 1 and appendix A: 675 million for DiT-XL/2, 33 for DiT-S/2. */
  @Test
  void publishedNetworksHaveAsManyParametersAsTheyShould() {
    assertThat(millions(new DitConfig(4, 32, 2, 1152, 28, 16, 4608, 256, 1000, true, true, false)))
        .isEqualTo(675);
    assertThat(millions(new DitConfig(4, 32, 2, 384, 12, 6, 1536, 256, 1000, true, true, false)))
        .isEqualTo(33);
  }

  private static long millions(DitConfig config) {
    long parameters =
        config.shapes().values().stream()
            .mapToLong(shape -> shape.stream().reduce(1L, (a, b) -> a * b))
            .sum();
    return Math.round(parameters / 1e6);
  }

  @Test
  void wrongUseIsRefused() {
    try (TensorStore store = LatentGoldens.open(FILE);
        Scope scope = Scope.open();
        Dit network = load(store)) {
      long[] shape = network.imageShape();
      Tensor x = Tensors.zeros(1, shape[0], shape[1], shape[2]);
      double[] t = {3};
      assertThatThrownBy(() -> network.forward(Tensors.zeros(1, 1, 1, 1), t, new int[] {0}))
          .hasMessageContaining("the transformer wants Nx");
      assertThatThrownBy(() -> network.forward(x, t, null)).hasMessageContaining("not 1 and none");
      assertThatThrownBy(() -> network.forward(x, t, new int[] {network.classes()}))
          .hasMessageContaining("class label " + network.classes() + " does not exist");
    }
  }

  @Test
  void whatIsNoDiffusionTransformerIsRefused() {
    Map<String, Long[]> tensors = new LinkedHashMap<>();
    tensors.put("blocks.0.adaLN_modulation.1.weight", new Long[] {12L, 2L});
    assertRefused(tensors, "'x_embedder.proj.weight' is missing");
    tensors.put("x_embedder.proj.weight", new Long[] {2L, 1L, 1L, 1L});
    tensors.put("y_embedder.embedding_table.weight", new Long[] {2L, 2L});
    tensors.put("final_layer.linear.weight", new Long[] {3L, 2L});
    assertRefused(tensors, "expected 1 or 2 rows");
    tensors.put("final_layer.linear.weight", new Long[] {2L, 2L});
    tensors.put("pos_embed", new Long[] {1L, 3L, 2L});
    assertRefused(tensors, "positions of a square");
    tensors.put("pos_embed", new Long[] {1L, 4L, 2L});
    assertRefused(tensors, "give `priorOption` num_heads");
  }

  private static void assertRefused(Map<String, Long[]> shapes, String message) {
    MemoryStore store = new MemoryStore();
    shapes.forEach((name, shape) -> store.put(name, new float[0], shape));
    assertThatThrownBy(() -> DitConfig.of(store, DitConfig.Said.NOTHING))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }
}
