package org.tiltlens.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.JsonSettings;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.Goldens;
import org.tiltlens.golden.LatentGoldens;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Precision;
import org.tiltlens.torch.Scope;

class AutoencoderKlTest {
  private static final String REFERENCE = "vae_kl.safetensors";

  @TempDir private Path folder;

  private static int groups() {
    try (TensorStore reference = LatentGoldens.open(REFERENCE)) {
      return groups(reference);
    }
  }

  private static int groups(TensorStore reference) {
    return Integer.parseInt(reference.metadata().getOrDefault("norm_num_groups", "32"));
  }

  @Test
  @Tag("golden")
  void ofLatentDiffusionsNamesItEqualsTheReference() {
    try (TensorStore store = LatentGoldens.open(REFERENCE);
        AutoencoderKl network = AutoencoderKl.load(store, groups(store), Device.CPU)) {
      assertEqualsTheReference(network, store);
    }
  }

  /** Only what tells the noise is computed in fewer bits. */
  @Test
  @Tag("golden")
  void ofAnotherPrecisionItEqualsTheReferenceToo() {
    try (TensorStore store = LatentGoldens.open(REFERENCE);
        AutoencoderKl network =
            AutoencoderKl.load(store, groups(store), new Device("cpu", Precision.BF16))) {
      assertEqualsTheReference(network, store);
    }
  }

  @Test
  @Tag("golden")
  void ofDiffusersNamesItEqualsTheReference() {
    try (TensorStore reference = LatentGoldens.open(REFERENCE);
        TensorStore store =
            LatentGoldens.open("vae_kl_diffusers/diffusion_pytorch_model.safetensors");
        AutoencoderKl network = AutoencoderKl.load(store, groups(reference), Device.CPU)) {
      assertEqualsTheReference(network, reference);
    }
  }

  @Test
  @Tag("golden")
  void ofDiffusersOldNamesItEqualsTheReference() {
    try (TensorStore reference = LatentGoldens.open(REFERENCE);
        TensorStore store = Checkpoints.open(renamed(AutoencoderKlTest::old));
        AutoencoderKl network = AutoencoderKl.load(store, groups(reference), Device.CPU)) {
      assertEqualsTheReference(network, reference);
    }
  }

  /** Every tensor that diffusers' own has, and no other. */
  @Test
  @Tag("golden")
  void ofTheSameSettingsItHasDiffusersTensors() {
    JsonSettings config = LatentFiles.autoencoder();
    List<Integer> channels = config.integers("block_out_channels", null, 1, 64);
    AutoencoderKlConfig same =
        new AutoencoderKlConfig(
            channels,
            config.integer("layers_per_block", null),
            config.integer("latent_channels", null),
            config.integer("norm_num_groups", null));
    try (TensorStore store =
        LatentGoldens.open("vae_kl_diffusers/diffusion_pytorch_model.safetensors")) {
      Map<String, List<Long>> there = new LinkedHashMap<>();
      store.entries().forEach((name, tensor) -> there.put(name, tensor.shape()));
      assertThat(AutoencoderKl.shapes(same)).isEqualTo(there);
    }
    Set<String> said = new TreeSet<>();
    config.root().fieldNames().forEachRemaining(said::add);
    assertThat(said).containsAll(same.settings(0.5, 8).keySet());
  }

  private static String old(String name) {
    return name.replace(".to_q.", ".query.")
        .replace(".to_k.", ".key.")
        .replace(".to_v.", ".value.")
        .replace(".to_out.0.", ".proj_attn.");
  }

  /** The diffusers file by other names; null leaves a tensor out. */
  private Path renamed(UnaryOperator<String> name) {
    Path file = folder.resolve("renamed.safetensors");
    try (TensorStore store =
            LatentGoldens.open("vae_kl_diffusers/diffusion_pytorch_model.safetensors");
        Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (String each : store.entries().keySet()) {
        if (name.apply(each) != null) {
          tensors.put(name.apply(each), store.load(each));
        }
      }
      SafetensorsWriter.write(file, tensors, Map.of());
    }
    return file;
  }

  private static void assertEqualsTheReference(AutoencoderKl network, TensorStore reference) {
    try (Scope scope = Scope.open()) {
      Tensor input = Autograd.leaf(reference.load("input"));
      AutoencoderKl.Posterior posterior = network.encode(input);
      close(posterior.mean(), reference, "posterior.mean", Goldens.TOLERANCE);
      close(posterior.logVariance(), reference, "posterior.logvar", Goldens.TOLERANCE);
      close(posterior.deviation(), reference, "posterior.std", Goldens.TOLERANCE);
      Tensor probed = posterior.mean().mul(reference.load("probe.mean.weight")).sum();
      close(Autograd.gradient(probed, input), reference, "input_grad", Goldens.LOOSE);
      Tensor z = Autograd.leaf(reference.load("z"));
      Tensor decoded = network.decode(z);
      close(decoded, reference, "decoded", Goldens.TOLERANCE);
      Tensor probe = decoded.mul(reference.load("probe.decoded.weight")).sum();
      close(Autograd.gradient(probe, z), reference, "z_grad", Goldens.LOOSE);
      Tensor back =
          network.decodeBack(z, UnaryOperator.identity(), reference.load("probe.decoded.weight"));
      close(back, reference, "z_grad", Goldens.LOOSE);
      assertThat(network.latentChannels()).isEqualTo((int) z.size(1));
      assertThat((long) network.downsampling()).isEqualTo(decoded.size(2) / z.size(2));
    }
  }

  private static void close(Tensor actual, TensorStore store, String name, double tolerance) {
    Goldens.assertClose(actual, store.load(name), tolerance, name);
  }

  @Test
  void whatIsMissingIsNamed() {
    Path file = renamed(name -> name.equals("decoder.conv_out.bias") ? null : name);
    try (TensorStore store = Checkpoints.open(file)) {
      assertThatThrownBy(() -> AutoencoderKl.load(store, groups(), Device.CPU))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("1 missing: decoder.conv_out.bias");
    }
  }

  @Test
  void aDecoderAloneIsRefused() {
    Path file = renamed(name -> name.startsWith("encoder.") ? null : name);
    try (TensorStore store = Checkpoints.open(file)) {
      assertThatThrownBy(() -> AutoencoderKl.load(store, groups(), Device.CPU))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("half an autoencoder");
    }
  }

  @Test
  void groupsThatDoNotDivideAreRefused() {
    try (TensorStore store = Checkpoints.open(renamed(name -> name))) {
      assertThatThrownBy(() -> AutoencoderKl.load(store, 7, Device.CPU))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("7 groups do not share");
    }
  }

  @Test
  void aCodebookIsRefused() {
    Path file = renamed(name -> name.replace("quant_conv.weight", "quantize.embedding.weight"));
    try (TensorStore store = Checkpoints.open(file)) {
      assertThatThrownBy(() -> AutoencoderKl.load(store, groups(), Device.CPU))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("codebook (VQ)");
    }
  }
}
