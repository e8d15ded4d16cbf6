package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.tiltlens.golden.Goldens.assertClose;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.PytorchWriter;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.fixture.RandomStore;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Engine;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** A ViT-L/16 of random weights as Meta and as Hugging Face ship it; 4 GB of disk. */
@Tag("slow")
class DinoVitFullSizeTest {
  private static final VitConfig LARGE = new VitConfig(1024, 24, 16, 4096, false, 16, 4);
  private static final HookPoint LAST = HookPoint.parse("blocks.23.hook_resid_post");

  @TempDir Path folder;

  @Test
  void formatsAgreeForwardAndBackAt256Pixels(TestReporter reporter) throws IOException {
    Path pth = folder.resolve("dinov3_vitl16.pth");
    Path safetensors = folder.resolve("dinov3_vitl16.safetensors");
    Path huggingFace = Files.createDirectory(folder.resolve("hf"));
    Map<String, List<Long>> shapes = Vit.shapes(LARGE);
    TensorStore random = new VitStores.Meaningful(new RandomStore(shapes));
    PytorchWriter.write(pth, shapes, random::load);
    try (TensorStore meta = Checkpoints.open(pth)) {
      copy(meta, safetensors);
      copy(new VitStores.HuggingFace(meta, LARGE), huggingFace.resolve("model.safetensors"));
    }
    Files.writeString(
        huggingFace.resolve("config.json"),
        """
        {"model_type": "dinov3_vit", "hidden_size": 1024, "num_attention_heads": 16,
         "layer_norm_eps": 1e-05, "rope_theta": 100.0, "use_gated_mlp": false, "hidden_act": "gelu"}
        """);

    try (Scope scope = Scope.open()) {
      List<Tensor> expected = activationsAndGradient(pth, reporter);
      double largest = Tensors.toDoubles(expected.get(1).abs().max())[0];
      assertThat(largest).isPositive();
      for (Path other : List.of(safetensors, huggingFace)) {
        List<Tensor> actual = activationsAndGradient(other, reporter);
        assertClose(actual.get(0), expected.get(0), 1e-5, other + " activations");
        assertClose(
            Tensors.scale(actual.get(1), 1 / largest),
            Tensors.scale(expected.get(1), 1 / largest),
            1e-5,
            other + " gradient");
      }
    }
  }

  private static void copy(TensorStore store, Path file) {
    SafetensorsWriter.write(file, List.copyOf(store.entries().values()), Map.of(), store::load);
  }

  private static List<Tensor> activationsAndGradient(Path file, TestReporter reporter) {
    long start = System.nanoTime();
    try (Scope scope = Scope.open();
        VisionModel model = VisionCheckpoint.open(file, Device.CPU, Optional.empty())) {
      assertThat(model.describe()).isEqualTo(LARGE.describe());
      double load = (System.nanoTime() - start) / 1e9;
      Tensor images = Autograd.leaf(Tensors.scale(Noise.normal(1, 0, 0, 1, 3, 256, 256), 0.5));
      Tensor map = model.activations(images, LAST);
      Tensor gradient =
          Autograd.gradient(map.mul(Noise.normal(2, 0, 0, 1, 1024, 16, 16)).sum(), images);
      double all = (System.nanoTime() - start) / 1e9;
      reporter.publishEntry(
          file.getFileName().toString(),
          "load %.1f s, forward and back %.1f s, peak %.2f GB"
              .formatted(load, all - load, Engine.peakResidentBytes().orElse(0) / 1e9));
      return List.of(scope.keep(map.detach()), scope.keep(gradient));
    }
  }
}
