package org.tiltlens.prompts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.bert.BertFiles;
import org.tiltlens.bert.BertMasked;
import org.tiltlens.bert.WordPiece;
import org.tiltlens.checkpoint.DType;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.fixture.StableDiffusionFiles;
import org.tiltlens.fixture.StableDiffusionSizes;
import org.tiltlens.models.TextPrior;
import org.tiltlens.synthesis.AscentState;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Searches through a tiny random Stable Diffusion, whose prompts mean nothing but move images. */
class RandomNetworksTest {
  private static final int STEPS = 25;
  private static final SamplerSettings TWO = new SamplerSettings("lcm", "lcm2", 0, 1, 1, false);

  @TempDir private Path folder;
  private TextPrior prior;

  @BeforeEach
  void open() throws IOException {
    Path pipeline = folder.resolve("pipeline");
    StableDiffusionFiles.pipeline(pipeline, StableDiffusionSizes.TINY, DType.F32);
    prior = TextPrior.open(pipeline, Map.of(), Device.CPU);
  }

  @AfterEach
  void close() {
    prior.close();
  }

  private Prompted prompted() {
    NoiseSchedule schedule =
        NoiseSchedule.named("scaled_linear:8.5E-4:0.012", 1000).respaced(TWO.respacing());
    return new Prompted(
        prior.tokenizer(), prior.encoder(), told -> prior.prior(told, null, 1, schedule));
  }

  /** How much an image is like a fixed one of noise. */
  private static Tensor likeness(Tensor images) {
    Tensor pattern = Noise.normal(3, 0, 0, 1, images.size(1), images.size(2), images.size(3));
    return images.mul(pattern).flatten(1, 3).sum(1);
  }

  /** Of the first step, and the highest of the last ones. */
  private static double[] scores(PromptSearch search) {
    AscentState now = search.start(1, 0);
    double first = Double.NaN;
    double last = Double.NEGATIVE_INFINITY;
    for (int step = 0; step < STEPS; step++) {
      now = search.advance(now);
      double score = Tensors.toDoubles(now.tensor("score"))[0];
      if (step == 0) {
        first = score;
      } else if (step >= STEPS - 5) {
        last = Math.max(last, score);
      }
    }
    now.close();
    return new double[] {first, last};
  }

  @Test
  void vectorsRaiseTheScore() {
    DiffExplainer search =
        new DiffExplainer(
            prompted(),
            RandomNetworksTest::likeness,
            new DiffExplainer.Settings(
                STEPS, 0.1, Dexter.Settings.DEFAULTS.optimiser(), 2, "a", 1, 1, TWO));
    try (Scope scope = Scope.open()) {
      double[] scores = scores(search);
      assertThat(scores[1]).isGreaterThan(scores[0]);
    }
  }

  @Test
  void wordsRaiseTheScore() {
    Dexter.Settings usual = Dexter.Settings.DEFAULTS;
    try (BertMasked bert = BertMasked.open(BertFiles.folder(), Device.CPU);
        Scope scope = Scope.open();
        Dexter search =
            new Dexter(
                prompted(),
                WordPiece.open(BertFiles.folder()),
                bert,
                RandomNetworksTest::likeness,
                new Dexter.Settings(
                    STEPS, 0.1, usual.optimiser(), "a [MASK] on [MASK].", 1, 1, 1, 1, true, TWO))) {
      double[] scores = scores(search);
      assertThat(scores[1]).isGreaterThan(scores[0]);
    }
  }
}
