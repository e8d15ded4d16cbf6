package org.tiltlens.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.study.StudyRuns;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Paths by every form of a step, of a network of v that says 0: its clean estimate is {@code
 * sqrt(abar) x_t}, that of the prior N(0, I), so that a path is a sum of its noise by weights that
 * are computed here in a few lines.
 */
class FormsPoolTest {
  private static final Execution ONE = new Execution("cpu", 1, 1, 1);

  @TempDir private Path folder;

  private Path silent() throws IOException {
    Path file = folder.resolve("prior.safetensors");
    try (Scope scope = Scope.open();
        TensorStore store = Checkpoints.open(StudyRuns.MODELS.resolve("adm_unet.safetensors"))) {
      Map<String, Tensor> tensors = new HashMap<>();
      store
          .entries()
          .keySet()
          .forEach(
              name -> {
                Tensor own = store.load(name);
                tensors.put(name, name.startsWith("model.out.2.") ? Tensors.scale(own, 0) : own);
              });
      Map<String, String> metadata = new HashMap<>(store.metadata());
      metadata.put("prediction", "v");
      metadata.put("clip_denoised", "False");
      SafetensorsWriter.write(file, tensors, metadata);
    }
    return file;
  }

  private PoolSpec spec(StepsSpec.Form form, String respacing) throws IOException {
    StepsSpec steps = new StepsSpec(form, "linear", 1000, respacing);
    return new PoolSpec(silent().toString(), Map.of(), steps, 2, 7);
  }

  /** What a path ends in: x_T and the noise of each step, by their weights. */
  private static double[] weights(String form, double eta, NoiseSchedule schedule) {
    int steps = schedule.steps();
    double[] weights = new double[steps + 1];
    double own = 1;
    double slopeBefore = Double.NaN;
    double behind = 0; // the weight of the x that was before, in the present one
    for (int t = steps - 1; t >= 0; t--) {
      double abar = schedule.alphaCumprod(t);
      double before = t == 0 ? 1 : schedule.alphaCumprod(t - 1);
      double clean = Math.sqrt(abar);
      double noise = Math.sqrt(1 - abar); // of epsilon's estimate, as x_t = clean x0 + noise eps
      double kept = 0;
      double added = 0;
      switch (form) {
        case "ddim" -> {
          double variance = eta * eta * (1 - before) / (1 - abar) * (1 - abar / before);
          kept = Math.sqrt(before) * clean + Math.sqrt(1 - before - variance) * noise;
          added = Math.sqrt(variance);
        }
        case "heun" -> {
          // d y / d sigma = epsilon, which is noise x.
          double way = Math.sqrt(1 / before - 1) - Math.sqrt(1 / abar - 1);
          double there = (1 / clean + way * noise) * Math.sqrt(before);
          kept =
              t == 0
                  ? clean
                  : Math.sqrt(before)
                      * (1 / clean + way * (noise + Math.sqrt(1 - before) * there) / 2);
        }
        case "lcm" -> {
          double u = 10.0 * schedule.timestep(t);
          double image = (0.25 + u * Math.sqrt(u * u + 0.25) * clean) / (u * u + 0.25);
          kept = Math.sqrt(before) * image;
          added = Math.sqrt(1 - before);
        }
        default -> {
          double lambda = Math.log(clean / noise);
          double ahead = t == 0 ? Double.NaN : Math.log(Math.sqrt(before / (1 - before)));
          double h = ahead - lambda;
          double d = clean; // the clean estimate's weight of x_t
          if (t < steps - 1 && t > 0) {
            double last = schedule.alphaCumprod(t + 1);
            double hBefore = lambda - Math.log(Math.sqrt(last / (1 - last)));
            d += h / (2 * hBefore) * (clean - slopeBefore / behind);
          }
          kept =
              t == 0
                  ? clean
                  : Math.sqrt((1 - before) / (1 - abar)) - Math.sqrt(before) * Math.expm1(-h) * d;
          slopeBefore = clean;
          behind = kept;
        }
      }
      own *= kept;
      for (int draw = 1; draw <= steps; draw++) {
        weights[draw] *= kept;
      }
      weights[steps - t] += t == 0 ? 0 : added;
    }
    weights[0] = own;
    return weights;
  }

  @ParameterizedTest
  @CsvSource({
    "ddim, 0, ddim6",
    "ddim, 0.7, ddim6",
    "dpmsolver, 0, ddim6",
    "heun, 0, ddim6",
    "heun, 0, trailing5",
    "lcm, 0, lcm4",
    "lcm, 0, trailing3",
  })
  void pathsAreTheirNoiseByTheFormsWeights(String word, double eta, String respacing)
      throws IOException {
    PoolSpec spec = spec(StepsSpec.Form.of(word, eta), respacing);
    PoolRun.run(spec, ONE, folder.resolve("pool"), Progress.SILENT);
    double[] weights = weights(word, eta, spec.steps().noise());
    try (Pool pool = Pool.open(folder.resolve("pool"));
        Scope scope = Scope.open()) {
      for (int path = 0; path < 2; path++) {
        Tensor expected = null;
        for (int draw = 0; draw < weights.length; draw++) {
          Tensor noise = Tensors.scale(Noise.normal(7, path, draw, 1, 3, 32, 32), weights[draw]);
          expected = expected == null ? noise : expected.add(noise);
        }
        Tensor drawn = pool.images().read(path).orElseThrow().view_as(expected);
        Tensor off = drawn.sub(Tensors.clamp(expected, -1, 1)).abs().max();
        // Written in 8 bits.
        assertThat(off.item_double()).isLessThan(1.01 / 255);
      }
    }
  }

  /** The form is in run.json and decides the pool. */
  @Test
  void aPoolOfOneFormIsNoneOfAnother() throws IOException {
    Path pool = folder.resolve("pool");
    StepsSpec.Form lcm = new StepsSpec.Lcm();
    PoolRun.run(spec(lcm, "lcm4"), ONE, pool, Progress.SILENT);
    PoolResult read = RunFolder.finished(pool, PoolResult.class).orElseThrow();
    assertThat(read.spec().steps().form()).isEqualTo(lcm);
    assertThat(Files.readString(pool.resolve("run.json"))).contains("\"kind\" : \"lcm\"");
    PoolSpec other = spec(new StepsSpec.Heun(), "lcm4");
    assertThatThrownBy(() -> PoolRun.run(other, ONE, pool, Progress.SILENT))
        .hasMessageContaining("other settings");
    try (Pool open = Pool.open(pool)) {
      assertThatThrownBy(() -> open.requireOf(open.made().modelSha256().values(), other.steps()))
          .hasMessageContaining("drawn with the steps lcm4 (lcm, linear schedule of 1000)")
          .hasMessageContaining("lcm4 (heun,");
    }
  }
}
