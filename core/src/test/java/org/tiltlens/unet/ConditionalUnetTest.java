package org.tiltlens.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.Goldens;
import org.tiltlens.golden.LatentGoldens;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class ConditionalUnetTest {
  private static final String REFERENCE = "ldm_unet_cond.safetensors";

  @Test
  @Tag("golden")
  void ofLatentDiffusionsNamesItEqualsTheReference() {
    try (TensorStore store = LatentGoldens.open(REFERENCE);
        ConditionalUnet network = ConditionalUnet.load(store, store.metadata(), Device.CPU)) {
      assertEqualsTheReference(network, store);
    }
  }

  @Test
  @Tag("golden")
  void ofDiffusersNamesItEqualsTheReference() {
    try (TensorStore reference = LatentGoldens.open(REFERENCE);
        TensorStore store =
            LatentGoldens.open("unet_cond_diffusers/diffusion_pytorch_model.safetensors");
        ConditionalUnet network =
            ConditionalUnet.load(LatentGoldens.file("unet_cond_diffusers"), store, Device.CPU)) {
      assertEqualsTheReference(network, reference);
    }
  }

  private static void assertEqualsTheReference(ConditionalUnet network, TensorStore reference) {
    try (Scope scope = Scope.open()) {
      Tensor input = Autograd.leaf(reference.load("input"));
      Tensor context = Autograd.leaf(reference.load("context"));
      Tensor output =
          network.forward(input, Tensors.toDoubles(reference.load("timesteps")), null, context);
      Goldens.assertClose(output, reference.load("output"), Goldens.TOLERANCE, "output");
      Tensor probed = output.mul(reference.load("probe.weight")).sum();
      List<Tensor> gradients = Autograd.gradients(probed, List.of(input, context));
      close(gradients.get(0), reference, "input_grad");
      close(gradients.get(1), reference, "context_grad");
      assertThat((long) network.contextChannels()).isEqualTo(context.size(2));
    }
  }

  private static void close(Tensor actual, TensorStore store, String name) {
    Goldens.assertClose(actual, store.load(name), Goldens.LOOSE, name);
  }

  @Test
  void aContextOfOtherChannelsIsRefused() {
    try (TensorStore store = LatentGoldens.open(REFERENCE);
        ConditionalUnet network = ConditionalUnet.load(store, store.metadata(), Device.CPU);
        Scope scope = Scope.open()) {
      Tensor x = store.load("input").narrow(0, 0, 1);
      Tensor wide = Noise.normal(1, 0, 0, 1, 7, network.contextChannels() + 1);
      double[] t = {3};
      assertThatThrownBy(() -> network.forward(x, t, null, wide))
          .hasMessageContaining("wants a context of 1xLx" + network.contextChannels());
      assertThatThrownBy(() -> network.forward(x, t, null, null)).hasMessageContaining("not none");
    }
  }
}
