package org.tiltlens.annealing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.ToDoubleFunction;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.LcmStep;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.ReverseStep;
import org.tiltlens.diffusion.VarianceType;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Score;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.unet.AdmUnetConfig;
import org.tiltlens.unet.LatentFiles;
import org.tiltlens.unet.RandomUnets;

/** What annealing weighs and accepts by are the scores of the pictures that will be written. */
class ShownScoresTest {
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.linear(1000).respaced("5");

  @TempDir private Path folder;

  /**
   * A linear score, which writing in 8 bits moves by half a level of each pixel at most.
   *
   * @param beyond how far the ends of paths are from pictures
   */
  private static void assertShown(Prior prior, ReverseStep form, ToDoubleFunction<Tensor> beyond) {
    Tensor probe = Noise.normal(9, 0, 0, prior.imageShape());
    Score score = images -> Tensors.sum(images.mul(probe), 1, 2, 3);
    PathSampler paths = PathSampler.of(prior, form, score, new Objective.Maximize());
    try (Paths drawn = paths.draw(1, 0, 1)) {
      assertThat(beyond.applyAsDouble(drawn.x())).as("beyond").isGreaterThan(0.1);
      double[] scores = paths.scores(drawn);
      for (int i = 0; i < 2; i++) {
        Tensor image = prior.decode(drawn.x().narrow(0, i, 1));
        double written = score.of(Images.written(image)).item_double();
        double most = probe.abs().sum().item_double() / 255;
        assertThat(scores[i]).isCloseTo(written, within(1.01 * most));
      }
    }
  }

  @Test
  void ofLatents() {
    Path pipeline = LatentFiles.pipeline(folder);
    try (ModelShelf shelf = new ModelShelf();
        Scope scope = Scope.open()) {
      Prior prior = shelf.prior(pipeline.toString(), Map.of(), SCHEDULE, Device.CPU);
      assertShown(
          prior,
          new AncestralStep(),
          ends -> {
            // Limited means that some pixels lie on the limits.
            Tensor images = prior.decode(ends);
            return images.abs().max().item_double() == 1 ? 1 : 0;
          });
    }
  }

  @Test
  void ofPixelsThatAreNotClippedOnTheWay() {
    AdmUnetConfig config = AdmUnetConfig.fromOptions(RandomUnets.options("learn_sigma", "False"));
    DiffusionPrior.Options unclipped =
        new DiffusionPrior.Options(VarianceType.FIXED_SMALL, false, false, OptionalInt.empty());
    try (Prior prior = new DiffusionPrior(RandomUnets.random(config), SCHEDULE, unclipped);
        Scope scope = Scope.open()) {
      for (ReverseStep form : new ReverseStep[] {new AncestralStep(), new LcmStep()}) {
        assertShown(prior, form, ends -> ends.abs().max().item_double() - 1);
      }
    }
  }
}
