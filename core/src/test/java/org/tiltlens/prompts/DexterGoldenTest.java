package org.tiltlens.prompts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.tiltlens.bert.BertFiles;
import org.tiltlens.bert.BertMasked;
import org.tiltlens.bert.WordPiece;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Predicts;
import org.tiltlens.diffusion.Told;
import org.tiltlens.diffusion.VarianceType;
import org.tiltlens.golden.Goldens;
import org.tiltlens.golden.LatentGoldens;
import org.tiltlens.synthesis.AscentState;
import org.tiltlens.text.ClipText;
import org.tiltlens.text.ClipTokenizer;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** DEXTER's steps as PyTorch takes them ({@code make_dexter.py}), of images linear in the text. */
@Tag("golden")
class DexterGoldenTest {
  /** Its clean estimate is one number in all pixels, whatever the noise: context . probe. */
  private record Linear(Tensor context, Tensor probe) implements Denoiser {
    @Override
    public Tensor forward(Tensor x, double[] timesteps, int[] labels) {
      return context.mul(probe).sum().expand(x.size(0), 3, 2, 2);
    }

    @Override
    public long[] imageShape() {
      return new long[] {3, 2, 2};
    }

    @Override
    public boolean learnsVariance() {
      return false;
    }

    @Override
    public int classes() {
      return 0;
    }

    @Override
    public Device device() {
      return Device.CPU;
    }

    @Override
    public void close() {}
  }

  private static DiffusionPrior prior(Tensor context, Tensor probe) {
    return new DiffusionPrior(
        new Linear(context, probe),
        NoiseSchedule.linear(1000).respaced("2"),
        new DiffusionPrior.Options(
            VarianceType.FIXED_SMALL, false, Told.STEP, Optional.empty(), Predicts.X0));
  }

  @Test
  void sixStepsEqualTheReference() {
    try (TensorStore store = Checkpoints.open(BertFiles.folder().resolve("dexter.safetensors"));
        Scope scope = Scope.open();
        ClipText encoder = ClipText.open(LatentGoldens.file("clip_text_hf"), Device.CPU);
        BertMasked bert = BertMasked.open(BertFiles.folder(), Device.CPU)) {
      Tensor probe = store.load("probe");
      Prompted prompted =
          new Prompted(
              ClipTokenizer.open(LatentGoldens.file("clip_text_hf")),
              encoder,
              context -> prior(context, probe));
      Dexter.Settings authors = Dexter.Settings.DEFAULTS;
      int steps = LatentGoldens.integer(store, "steps");
      Dexter.Settings settings =
          new Dexter.Settings(
              steps,
              authors.rate(),
              authors.optimiser(),
              LatentGoldens.say(store, "template"),
              authors.vectors(),
              authors.temperature(),
              authors.weight(),
              authors.languageWeight(),
              authors.embeddedTwice(),
              new SamplerSettings("ddim", "2", 0, 1, 1, false));
      double[] scores = Tensors.toDoubles(store.load("scores"));
      try (Dexter search =
          new Dexter(
              prompted,
              WordPiece.open(BertFiles.folder()),
              bert,
              images -> Tensors.mean(images, 1, 2, 3),
              settings)) {
        AscentState now = search.start(LatentGoldens.integer(store, "seed"), 0);
        for (int step = 0; step <= steps; step++) {
          assertThat(Tensors.toLongs(now.tensor("targets")))
              .as("targets after %d steps", step)
              .isEqualTo(Tensors.toLongs(store.load("targets").select(0, step)));
          if (step < steps) {
            now = search.advance(now);
            assertThat(Tensors.toDoubles(now.tensor("score"))[0])
                .as("score of step %d", step)
                .isCloseTo(scores[step], within(Goldens.LOOSE));
          }
        }
        try (AscentState done = now) {
          Goldens.assertClose(
              done.parameters(), store.load("soft"), Goldens.LOOSE, "vectors before the template");
        }
      }
    }
  }
}
