package org.tiltlens.example;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.DType;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.feature.Score;
import org.tiltlens.fixture.StableDiffusionFiles;
import org.tiltlens.fixture.StableDiffusionSizes;
import org.tiltlens.models.TextPrior;
import org.tiltlens.prompts.Dexter;
import org.tiltlens.prompts.DiffExplainer;
import org.tiltlens.prompts.FoundPrompt;
import org.tiltlens.prompts.Prompted;
import org.tiltlens.prompts.SamplerSettings;
import org.tiltlens.synthesis.AscentState;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** The example of prompts, on a tiny random Stable Diffusion. */
class PromptsExampleTest {
  @TempDir private Path folder;

  @Test
  void prompts() throws IOException {
    Path pipeline =
        StableDiffusionFiles.pipeline(
            folder.resolve("pipeline"), StableDiffusionSizes.TINY, DType.F16);
    Score score = images -> Tensors.mean(images, 1, 2, 3);
    NoiseSchedule schedule =
        NoiseSchedule.named("scaled_linear:0.00085:0.012", 1000).respaced("lcm4");
    DiffExplainer.Settings settings =
        new DiffExplainer.Settings(
            2, 0.1, Dexter.Settings.DEFAULTS.optimiser(), 1, "a", 1, 1, SamplerSettings.DEXTER);
    // tag::prompts
    try (TextPrior prior = TextPrior.open(pipeline, Map.of(), Device.CPU);
        Scope scope = Scope.open()) {
      Prompted prompted =
          new Prompted(
              prior.tokenizer(),
              prior.encoder(),
              context -> prior.prior(context, null, 1, schedule));
      DiffExplainer search = new DiffExplainer(prompted, score, settings);
      AscentState now = search.start(45, 0);
      while (!search.isDone(now)) {
        now = search.advance(now);
      }
      try (AscentState done = now;
          FoundPrompt prompt = search.found(done)) {
        Tensor images =
            search.sampler().images(prompt.context(), 45, List.of(0, 1, 2, 3)); // (4, 3, H, W)
        System.out.println(prompt.text() + ": " + Tensors.describe(images));
      }
    }
    // end::prompts
  }
}
