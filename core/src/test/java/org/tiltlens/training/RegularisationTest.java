package org.tiltlens.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** What keeps a classifier from learning few photographs by heart, each by numbers worked out. */
class RegularisationTest {
  private static final int SIDE = 16;

  @TempDir private Path folder;

  /** Draws of one image: crop (4), colours (3), hole (5). */
  private static float[] draws(double... draws) {
    float[] all = new float[Distortion.DRAWS];
    for (int i = 0; i < draws.length; i++) {
      all[i] = (float) draws[i];
    }
    return all;
  }

  private static Distortion distortion(double crop, double jitter, double erasing) {
    return new Distortion(new Regularisation(crop, jitter, erasing, 0, 0, 0), 1, Device.CPU);
  }

  /** Red rises by columns, green by rows, blue is 0. */
  private static Tensor ramps() {
    float[] values = new float[3 * SIDE * SIDE];
    for (int row = 0; row < SIDE; row++) {
      for (int column = 0; column < SIDE; column++) {
        values[row * SIDE + column] = (float) middle(column);
        values[SIDE * SIDE + row * SIDE + column] = (float) middle(row);
      }
    }
    return Tensors.floats(values, 1, 3, SIDE, SIDE);
  }

  /** Where the middle of a pixel is, in [0, 1]. */
  private static double middle(int pixel) {
    return (pixel + 0.5) / SIDE;
  }

  @Test
  void aCropOfRampsIsWhereItsDrawsSay() {
    try (Scope scope = Scope.open()) {
      // Area 0.25 and ratio 1: half of each side; the place takes 0.25 and 0.75 of the room.
      Tensor crop = distortion(0.25, 0, 0).apply(ramps(), draws(0, 0.5, 0.25, 0.75));
      float[] seen = Tensors.toFloats(crop);
      for (int i = 0; i < SIDE; i++) {
        double red = 0.125 + middle(i) / 2;
        double green = 0.375 + middle(i) / 2;
        assertThat((double) seen[5 * SIDE + i]).isCloseTo(red, within(1e-6));
        assertThat((double) seen[SIDE * SIDE + i * SIDE + 5]).isCloseTo(green, within(1e-6));
      }
      // Area 1 and ratio 1 is the image; a ratio beyond it is cut to its sides.
      Tensor whole = distortion(0.25, 0, 0).apply(ramps(), draws(1, 0.5, 0.3, 0.9));
      assertThat(Tensors.toFloats(whole)).containsExactly(Tensors.toFloats(ramps()), within(1e-6f));
      float[] wide = Tensors.toFloats(distortion(0.25, 0, 0).apply(ramps(), draws(1, 1, 0, 0)));
      assertThat(wide[3]).isCloseTo((float) middle(3), within(1e-6f));
      double height = Math.sqrt(3.0 / 4);
      assertThat((double) wide[SIDE * SIDE + 3 * SIDE]).isCloseTo(height * middle(3), within(1e-6));
    }
  }

  @Test
  void coloursAreMultipliedInOrder() {
    try (Scope scope = Scope.open()) {
      // Levels 0.2, 0.4, 0.6 everywhere, in [0, 1].
      float[] values = new float[3 * 4];
      IntStream.range(0, 12).forEach(i -> values[i] = 2 * 0.2f * (i / 4 + 1) - 1);
      Tensor image = Tensors.floats(values, 1, 3, 2, 2);
      // Factors 1.5, 0.5 and 1.25.
      Tensor changed = distortion(1, 0.5, 0).apply(image, draws(0, 0, 0, 0, 0.99999997, 0, 0.75));
      double[] bright = {0.3, 0.6, 0.9};
      double grey = 0.299 * 0.3 + 0.587 * 0.6 + 0.114 * 0.9;
      float[] seen = Tensors.toFloats(changed);
      for (int channel = 0; channel < 3; channel++) {
        double contrasted = grey + 0.5 * (bright[channel] - grey);
        double saturated = grey + 1.25 * (contrasted - grey);
        assertThat((seen[4 * channel] + 1) / 2.0).isCloseTo(saturated, within(1e-5));
      }
    }
  }

  @Test
  void aHoleIsGreyAndOfTheAreaDrawn() {
    try (Scope scope = Scope.open()) {
      Tensor ones = Tensors.full(1, 1, 3, SIDE, SIDE);
      Distortion half = distortion(1, 0, 0.5);
      assertThat(Tensors.toFloats(half.apply(ones, draws(0, 0, 0, 0, 0, 0, 0, 0.5))))
          .containsOnly(1);
      // The largest area, a third, of ratio 1: 9.24 pixels a side, in the corner.
      float[] seen =
          Tensors.toFloats(
              half.apply(ones, draws(0, 0, 0, 0, 0, 0, 0, 0.49, 0.99999997, 0.5, 0, 0)));
      for (int i = 0; i < seen.length; i++) {
        boolean inside = i % SIDE < 9 && i / SIDE % SIDE < 9;
        assertThat(seen[i]).isEqualTo(inside ? 0 : 1);
      }
    }
  }

  @Test
  void sharesAreBetaNumbers() {
    // Of Beta(a, a) the mean is 1/2 and the variance 1 / (4 (2 a + 1)).
    for (double alpha : new double[] {0.2, 1}) {
      double sum = 0;
      double squares = 0;
      int n = 20_000;
      try (Scope scope = Scope.open()) {
        float[] draws = Tensors.toFloats(Noise.uniform(3, 0, 0, n * 35L));
        for (int i = 0; i < n; i++) {
          float[] own = Arrays.copyOfRange(draws, i * 35, (i + 1) * 35);
          double share = Mixture.beta(alpha, own);
          sum += share;
          squares += (share - 0.5) * (share - 0.5);
        }
      }
      assertThat(sum / n).isCloseTo(0.5, within(0.02));
      assertThat(squares / n).isCloseTo(1 / (4 * (2 * alpha + 1)), within(0.01));
    }
  }

  @Test
  void partnersAreAveragedOrPasted() {
    try (Scope scope = Scope.open()) {
      Tensor two =
          Tensors.cat(
              List.of(Tensors.full(1, 1, 3, SIDE, SIDE), Tensors.full(-1, 1, 3, SIDE, SIDE)), 0);
      float[] averaged = Tensors.toFloats(Mixture.averaged(two, 0.75).images());
      assertThat(averaged[0]).isCloseTo(0.5f, within(1e-6f));
      assertThat(averaged[averaged.length - 1]).isCloseTo(-0.5f, within(1e-6f));
      // A quarter of the area about the middle of the left border: half of it is outside.
      Mixture pasted = Mixture.pasted(two, 0.75, 0, 0.5, Device.CPU);
      assertThat(pasted.share()).isEqualTo(1 - 0.125);
      assertThat(Tensors.mean(pasted.images().narrow(0, 0, 1), 0, 1, 2, 3).item_double())
          .isCloseTo(0.875 - 0.125, within(1e-6));
      assertThat(Tensors.toFloats(pasted.images())[8 * SIDE]).isEqualTo(-1);
    }
  }

  /** The loss of a mixture is the cross-entropy of labels mixed alike. */
  @Test
  void labelsAreMixedAsImagesAre() {
    Regularisation mixup = new Regularisation(1, 0, 0, 1, 0, 0);
    VisionSettings plain = VisionSettings.of(TinyTrainings.NETWORK);
    VisionSettings settings =
        new VisionSettings(TinyTrainings.NETWORK, 0.1, 0.2, Augmentation.NONE, mixup, plain.stop());
    LabelledImages images = TinyTrainings.images();
    TrainingRun run = TinyTrainings.run(folder, 1e-3, 1, false, TrainingProgress.SILENT);
    VisionTask task = new VisionTask(settings, images, images, run);
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> first = new LinkedHashMap<>();
      task.shapes().keySet().forEach(name -> first.put(name, task.initial(name)));
      Weights weights = Weights.of(first);
      Batches.Batch batch =
          new Batches(images, Augmentation.NONE, run.settings(), Device.CPU).at(3);
      Mixture mixed = Mixture.of(batch.images(), mixup, run.settings().seed(), 3, Device.CPU);
      assertThat(mixed.share()).isBetween(0.01, 0.99);
      double[][] logits = Tensors.rows(task.logits(weights, mixed.images()));
      double sum = 0;
      int n = logits.length;
      for (int i = 0; i < n; i++) {
        double[] target = {0.1, 0.1};
        target[batch.labels().get(i)] += 0.8 * mixed.share();
        target[batch.labels().get(n - 1 - i)] += 0.8 * (1 - mixed.share());
        double all = Math.log(Math.exp(logits[i][0]) + Math.exp(logits[i][1]));
        sum += target[0] * (all - logits[i][0]) + target[1] * (all - logits[i][1]);
      }
      assertThat(task.loss(weights, 3).item_double()).isCloseTo(sum / n, within(1e-5));
    }
  }

  @Test
  void blocksAreLeftOutAndTheOthersMadeUpFor() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (Scope scope = Scope.open()) {
      for (String name : List.of("a.gamma", "a.weight", "b.gamma", "c.gamma")) {
        tensors.put(name, Tensors.full(2, 1));
      }
      List<Double> middle = new ArrayList<>();
      List<Double> last = new ArrayList<>();
      for (int step = 0; step < 400; step++) {
        Weights used = StochasticDepth.of(Weights.of(tensors), tensors.keySet(), 0.5, 1, step);
        assertThat(used.get("a.gamma").item_double()).isEqualTo(2);
        assertThat(used.get("a.weight").item_double()).isEqualTo(2);
        middle.add(used.get("b.gamma").item_double());
        last.add(used.get("c.gamma").item_double());
      }
      assertThat(last).containsOnly(0.0, 4.0);
      assertThat(middle.stream().mapToDouble(x -> x == 0 ? 0 : 1 / x).max().orElseThrow())
          .isCloseTo(0.75 / 2, within(1e-6));
      // Three standard deviations of the mean of 400 fair draws of 0 or 4 are 0.3.
      assertThat(last.stream().mapToDouble(x -> x).average().orElseThrow())
          .isCloseTo(2, within(0.3));
    }
  }

  @Test
  void copiesOfAnImageAreHeldOutTogether() {
    LabelledImages images = TinyTrainings.images();
    int n = images.size();
    LabelledImages twice = images.select(2 * n, i -> i % n);
    HeldOut once = HeldOut.of(images, 0.3);
    HeldOut parts = HeldOut.of(twice, 0.3);
    assertThat(parts.heldOut().size()).isEqualTo(2 * once.heldOut().size());
    assertThat(once.heldOut().size()).isBetween(5, 24);
    assertThat(once.training().size() + once.heldOut().size()).isEqualTo(n);
    assertThatThrownBy(() -> HeldOut.of(images.range(0, 1), 0.3))
        .hasMessageContaining("both must have some");
  }

  /** The weights of the best evaluation are those a training ends with that goes no further. */
  @Test
  void theBestWeightsAreTheResultAndPatienceEnds() throws IOException {
    EarlyStop stop = new EarlyStop(0.3, 5, 2);
    TinyTrainings.Kind kind = TinyTrainings.photographs(stop);
    VisionReport report = (VisionReport) kind.run(run("long", 1000));
    assertThat(report.steps()).isLessThan(1000).isEqualTo(report.best() + 2 * 5);
    assertThat(report.heldOutImages()).isPositive();
    VisionReport ended = (VisionReport) kind.run(run("short", Math.toIntExact(report.best())));
    assertThat(ended.best()).isNull();
    assertThat(ended.heldOutAccuracy()).isEqualTo(report.heldOutAccuracy());
    for (String file : List.of(VisionTraining.FILE, VisionTraining.HEAD_FILE)) {
      assertThat(folder.resolve("long").resolve(file))
          .hasSameBinaryContentAs(folder.resolve("short").resolve(file));
    }
  }

  private TrainingRun run(String name, int steps) {
    return TinyTrainings.run(folder.resolve(name), 1e-2, steps, false, TrainingProgress.SILENT);
  }
}
