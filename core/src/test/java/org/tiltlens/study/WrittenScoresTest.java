package org.tiltlens.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.run.Progress;
import org.tiltlens.sampling.TrajectoryFile;
import org.tiltlens.synthesis.ScoreGradient;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Scope;

/** Scores are of what a reader has: the image in the PNG, clipped and rounded. */
class WrittenScoresTest {
  @TempDir private Path folder;

  @Test
  void scoresAreOfThePngThatIsWritten() throws IOException {
    StudySpec tilted = StudyRuns.spec(2, 2);
    StudySpec clipping =
        new StudySpec(
            tilted.models(),
            tilted.score(),
            tilted.objective(),
            new GuidanceSpec.Constant(100, new ScoreGradient.ThroughPrior(), Strength.FULL),
            tilted.steps(),
            2,
            tilted.seed());
    StudyResult run = StudyRuns.run(clipping, 1, folder);
    try (ModelShelf shelf = new ModelShelf()) {
      StudyModels models = StudyModels.open(clipping, shelf, Device.CPU, Progress.SILENT);
      for (StudyResult.ImageResult image : run.results().get(0).images()) {
        try (Trajectory drawn = TrajectoryFile.read(folder.resolve(image.tensor()), Device.CPU);
            Scope scope = Scope.open()) {
          Tensor read =
              Images.toTensor(ImageIO.read(folder.resolve(image.file()).toFile())).unsqueeze(0);
          assertThat(drawn.x().sub(read).abs().max().item_double())
              .as("clipped by")
              .isGreaterThan(0.1);
          double score = models.score().finite(read).item_double();
          assertThat(image.score()).isCloseTo(score, within(1e-6));
          assertThat(models.score().finite(drawn.x()).item_double())
              .as("of the unrounded image")
              .isNotCloseTo(score, within(1e-4));
        }
      }
    }
  }
}
