package org.tiltlens.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.assertj.core.data.Offset;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.tiltlens.golden.LatentGoldens;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Steps of latent diffusion, DDIM and latent consistency, against their reference. */
@Tag("golden")
class LatentStepsTest {
  private static final double TABLE = 1e-5;

  private static JsonNode golden;
  private static JsonNode config;
  private static NoiseSchedule base;

  @BeforeAll
  static void read() throws IOException {
    golden = new ObjectMapper().readTree(LatentGoldens.file("lcm_schedule.json").toFile());
    config = golden.get("config");
    String schedule = config.get("beta_schedule").asText();
    base =
        NoiseSchedule.named(
            schedule + ":" + config.get("beta_start") + ":" + config.get("beta_end"),
            config.get("num_train_timesteps").asInt());
  }

  private static double[] doubles(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false)
        .mapToDouble(JsonNode::asDouble)
        .toArray();
  }

  private static int[] descending(int... ascending) {
    return IntStream.range(0, ascending.length)
        .map(i -> ascending[ascending.length - 1 - i])
        .toArray();
  }

  private static int[] integers(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
  }

  private static Offset<Double> within(double expected) {
    return Offset.offset(TABLE * Math.max(1, Math.abs(expected)));
  }

  private static void assertClose(double[] actual, double[] expected, String what) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i]).as(what + " " + i).isCloseTo(expected[i], within(expected[i]));
    }
  }

  private static Tensor tensor(JsonNode values) {
    double[] numbers = doubles(values);
    float[] floats = new float[numbers.length];
    IntStream.range(0, floats.length).forEach(i -> floats[i] = (float) numbers[i]);
    return Tensors.floats(floats, 1, 1, 1, floats.length);
  }

  @Test
  void abarEqualsTheReference() {
    for (Map.Entry<String, JsonNode> each : golden.get("alphas_cumprod_float32_at").properties()) {
      double expected = each.getValue().asDouble();
      assertThat(base.alphaCumprod(Integer.parseInt(each.getKey())))
          .isCloseTo(expected, within(expected));
    }
  }

  @Test
  void diffusersSpacingsAndDdimStepsEqualTheReference() {
    JsonNode ddim = golden.get("ddim_diffusers");
    for (Map.Entry<String, JsonNode> each : ddim.get("schedules").properties()) {
      JsonNode schedule = each.getValue();
      int[] timesteps = integers(schedule.get("timesteps"));
      int offset = schedule.get("steps_offset").asInt();
      String spacing = schedule.get("timestep_spacing").asText();
      // diffusers shifts leading steps alone
      String written = spacing + timesteps.length + (spacing.equals("leading") ? "+" + offset : "");
      assertThat(descending(Respacing.keep(written, base.steps())))
          .as(each.getKey())
          .isEqualTo(timesteps);
      for (JsonNode step : schedule.get("steps")) {
        assertStep(ddim, schedule, step, each.getKey());
      }
    }
  }

  private static void assertStep(JsonNode ddim, JsonNode schedule, JsonNode step, String what) {
    int timestep = step.get("timestep").asInt();
    int before = step.get("prev_timestep").asInt();
    boolean clean = schedule.get("set_alpha_to_one").asBoolean();
    // Two steps, of which this is the one at t; a second step there only makes it a schedule.
    int other = timestep == base.steps() - 1 ? timestep - 1 : timestep + 1;
    int t = before >= 0 ? 1 : 0;
    int[] kept = before >= 0 ? new int[] {before, timestep} : new int[] {timestep, other};
    NoiseSchedule two = clean ? base.at(kept) : base.endingNoisyAt(kept);
    assertThat(two.alphaCumprodPrev(t))
        .isCloseTo(step.get("alpha_cumprod_prev").asDouble(), Offset.offset(TABLE));
    assertThat(two.posteriorVariance(t))
        .isCloseTo(step.get("variance").asDouble(), Offset.offset(TABLE));
    try (Scope scope = Scope.open()) {
      Tensor x = tensor(ddim.get("x"));
      Tensor x0 = two.x0(x, tensor(ddim.get("model_output")), t);
      double[] expected = doubles(step.get("pred_original_sample"));
      assertClose(Tensors.toDoubles(x0), expected, what + " x0 at " + timestep);
      Prediction prediction = new Prediction(x0, x0, x0);
      Tensor next =
          new DdimStep(step.get("eta").asDouble())
              .step(two, prediction, x, t, tensor(ddim.get("noise")));
      double[] wanted = doubles(step.get("prev_sample"));
      assertClose(Tensors.toDoubles(next), wanted, what + " at " + timestep);
    }
  }

  @Test
  void compVisSpacingsAndTheirTablesEqualTheReference() {
    int count = config.get("num_inference_steps").asInt();
    for (Map.Entry<String, JsonNode> each : golden.get("ddim_compvis_float64").properties()) {
      int[] kept = Respacing.keep(each.getKey() + count, base.steps());
      assertThat(kept).as(each.getKey()).isEqualTo(integers(each.getValue().get("timesteps")));
      NoiseSchedule schedule = base.endingNoisyAt(kept);
      for (Map.Entry<String, JsonNode> table : each.getValue().properties()) {
        if (!table.getKey().startsWith("eta_")) {
          continue;
        }
        double eta = Double.parseDouble(table.getKey().substring("eta_".length()));
        double[] sigmas =
            IntStream.range(0, kept.length)
                .mapToDouble(t -> eta * Math.sqrt(schedule.posteriorVariance(t)))
                .toArray();
        assertClose(sigmas, doubles(table.getValue().get("sigmas")), "sigmas");
        double[] before =
            IntStream.range(0, kept.length).mapToDouble(schedule::alphaCumprodPrev).toArray();
        assertClose(before, doubles(table.getValue().get("alphas_prev")), "alphas_prev");
      }
    }
  }

  @Test
  void stepsOfALatentConsistencyModelEqualTheReference() {
    LcmStep form =
        new LcmStep(config.get("sigma_data").asDouble(), config.get("timestep_scaling").asDouble());
    for (Map.Entry<String, JsonNode> run : golden.get("lcm").properties()) {
      double strength = Double.parseDouble(run.getKey().substring("strength_".length()));
      int[] timesteps = integers(run.getValue().get("timesteps"));
      int distilled = config.get("original_inference_steps").asInt();
      int[] lcm =
          strength == 1
              ? Respacing.keep("lcm" + timesteps.length + "of" + distilled, base.steps())
              : Spacing.lcm(
                  timesteps.length, base.steps() / distilled, (int) (distilled * strength));
      assertThat(descending(lcm)).isEqualTo(timesteps);
      NoiseSchedule schedule = base.at(descending(timesteps));
      try (Scope scope = Scope.open()) {
        Tensor x = tensor(run.getValue().get("x_start"));
        int t = timesteps.length - 1;
        for (JsonNode step : run.getValue().get("steps")) {
          int timestep = step.get("timestep").asInt();
          assertThat(schedule.timestep(t)).isEqualTo(timestep);
          assertThat(form.skip(timestep)).isCloseTo(step.get("c_skip").asDouble(), within(1));
          assertThat(form.out(timestep)).isCloseTo(step.get("c_out").asDouble(), within(1));
          Tensor x0 = schedule.x0(x, tensor(step.get("model_output")), t);
          Prediction prediction = new Prediction(x0, x0, x0);
          double[] denoised = doubles(step.get("denoised"));
          Tensor clean = form.clean(schedule, prediction, x, t);
          assertClose(Tensors.toDoubles(clean), denoised, "denoised at " + timestep);
          // The last step has none.
          Tensor noise = step.path("noise").isArray() ? tensor(step.get("noise")) : x;
          x = form.step(schedule, prediction, x, t, noise);
          double[] next = doubles(step.get("prev_sample"));
          assertClose(Tensors.toDoubles(x), next, "next at " + timestep);
          t--;
        }
      }
    }
  }

  @Test
  void boundaryScalingsEqualTheReference() {
    LcmStep form =
        new LcmStep(config.get("sigma_data").asDouble(), config.get("timestep_scaling").asDouble());
    for (JsonNode each : golden.get("boundary_scalings")) {
      int timestep = each.get("timestep").asInt();
      double skip = each.get("c_skip").asDouble();
      assertThat(form.skip(timestep)).isCloseTo(skip, Offset.offset(TABLE * skip));
      assertThat(form.out(timestep)).isCloseTo(each.get("c_out").asDouble(), within(1));
    }
  }

  @Test
  void spacingsThatCannotBeAreRefused() {
    assertThatThrownBy(() -> Respacing.keep("leading50+900", 1000))
        .hasMessageContaining("of 0..999: keep fewer");
    assertThatThrownBy(() -> Respacing.keep("trailing1", 1000))
        .hasMessageContaining("it can keep 2 to 1000");
    assertThatThrownBy(() -> Respacing.keep("lcm4of3", 1000))
        .hasMessageContaining("distilled at 3 steps, expected 4 to 1000");
    assertThatThrownBy(() -> Respacing.keep("trailing", 1000))
        .hasMessageContaining("write leading50");
    assertThatThrownBy(() -> Respacing.keep("quad5of9", 1000)).hasMessageContaining("no meaning");
  }
}
