package org.tiltlens.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.fixture.RandomPipeline;
import org.tiltlens.torch.Layers;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Optimiser;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** What every ascent promises, whatever it climbs. */
@Tag("rounding")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AscentContractTest {
  private static final int SIZE = 32;
  private static final int STEPS = 24;
  private static final int HALFWAY = 9;
  private static final long SEED = 45;

  private final Map<String, Ascent> ascents = new LinkedHashMap<>();
  private final List<AutoCloseable> open = new ArrayList<>();
  private RandomPipeline pipeline;

  @TempDir private Path folder;

  @BeforeAll
  void open() {
    pipeline = RandomPipeline.open(RandomPipeline.Size.SMALL, NoiseSchedule.linear(50));
    try (Scope scope = Scope.open()) {
      ascents.put("pixel", pixel());
      ascents.put("fourier", fourier());
      ascents.put("maco", maco());
      ascents.put("vital", vital());
    }
  }

  private Ascent pixel() {
    PixelAscent.Settings usual = PixelAscent.Settings.DEFAULTS;
    return new PixelAscent(
        pipeline.score(),
        SIZE,
        new PixelAscent.Settings(
            STEPS, usual.rate(), usual.optimiser(), usual.sd(), usual.variation(), usual.energy()));
  }

  private Ascent fourier() {
    FourierAscent.Settings usual = FourierAscent.Settings.forSize(SIZE, 4);
    return new FourierAscent(
        pipeline.score(),
        SIZE,
        new FourierAscent.Settings(
            STEPS, usual.rate(), usual.optimiser(), usual.sd(), usual.decay(), usual.transforms()));
  }

  /** Crops as large as the image, so that the whole image's score is what is climbed. */
  private Ascent maco() {
    MagnitudeSpectrum spectrum =
        MagnitudeSpectrum.of(IntStream.range(0, 8).mapToObj(i -> smooth(i).squeeze(0)).iterator());
    open.add(spectrum);
    return new MacoAscent(
        pipeline.score(),
        spectrum,
        SIZE,
        new MacoAscent.Settings(
            STEPS, 1, Optimiser.NAdam.USUAL, 1, 2, 0.95, 1.05, 0.01, 0.05, 2.5));
  }

  /** References score high, as a corpus' top images do. */
  private Ascent vital() {
    List<Tensor> top =
        IntStream.range(0, 3).mapToObj(i -> ascents.get("pixel").synthesize(SEED, i)).toList();
    VitalReferences references = VitalReferences.of(pipeline.score(), Tensors.cat(top, 0), 1);
    open.add(references);
    VitalAscent.Settings usual = VitalAscent.Settings.forSize(SIZE);
    return new VitalAscent(
        references,
        SIZE,
        new VitalAscent.Settings(
            STEPS,
            0.2,
            usual.optimiser(),
            2,
            usual.roll(),
            true,
            usual.matching(),
            usual.variation(),
            1e-6,
            usual.energy()));
  }

  private Tensor smooth(int index) {
    Tensor coarse = Noise.normal(8, index, 0, 1, 3, 8, 8);
    return Tensors.clamp(Layers.resizeBilinear(coarse, SIZE, SIZE), -1, 1);
  }

  @AfterAll
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
    pipeline.close();
  }

  Stream<String> names() {
    return Stream.of("pixel", "fourier", "maco", "vital");
  }

  private float[] synthesized(String name, long seed, int sample) {
    try (Scope scope = Scope.open()) {
      return Tensors.toFloats(ascents.get(name).synthesize(seed, sample));
    }
  }

  /** All but VITAL, which climbs something else: {@link VitalAscentTest}. */
  @ParameterizedTest
  @ValueSource(strings = {"pixel", "fourier", "maco"})
  void scoresRise(String name) {
    Ascent ascent = ascents.get(name);
    for (int sample = 0; sample < 3; sample++) {
      try (Scope scope = Scope.open();
          AscentState start = ascent.start(SEED, sample)) {
        double before = pipeline.score().of(ascent.image(start)).item_double();
        double after = pipeline.score().of(ascent.synthesize(SEED, sample)).item_double();
        assertThat(after).as("score of sample %d", sample).isGreaterThan(before);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void imagesHaveTheirShapeAndRange(String name) {
    Ascent ascent = ascents.get(name);
    try (Scope scope = Scope.open();
        AscentState start = ascent.start(SEED, 0)) {
      for (Tensor image : List.of(ascent.image(start), ascent.synthesize(SEED, 0))) {
        assertThat(Tensors.shape(image)).containsExactly(1, 3, SIZE, SIZE);
        assertThat(image.requires_grad()).isFalse();
        for (float pixel : Tensors.toFloats(image)) {
          assertThat(pixel).isBetween(-1f, 1f);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void imagesAreFunctionsOfSeedAndSample(String name) {
    float[] first = synthesized(name, SEED, 1);
    assertThat(synthesized(name, SEED, 1)).isEqualTo(first);
    assertThat(synthesized(name, SEED, 2)).isNotEqualTo(first);
    assertThat(synthesized(name, SEED + 1, 1)).isNotEqualTo(first);
  }

  /** What goes through the networks together differs by rounding alone, whoever is beside it. */
  @ParameterizedTest
  @MethodSource("names")
  void imagesTogetherAreThoseOfAlone(String name) {
    Ascent ascent = ascents.get(name);
    try (AscentState both = early(ascent, List.of(2, 0));
        AscentState row = both.row(1);
        AscentState first = early(ascent, List.of(2));
        AscentState second = early(ascent, List.of(0));
        Scope scope = Scope.open()) {
      Tensor together = ascent.image(both);
      Tensor alone = Tensors.cat(List.of(ascent.image(first), ascent.image(second)), 0);
      assertThat(distance(together, alone)).isLessThan(1e-4);
      assertThat(distance(together, alone.flip(0))).isGreaterThan(1e-3);
      assertThat(distance(ascent.image(row), alone.narrow(0, 1, 1))).isLessThan(1e-4);
      assertThat(ascent.viewScores(row, 3, 3))
          .containsExactly(ascent.viewScores(second, 3, 1), within(0.01));
    }
  }

  private static AscentState early(Ascent ascent, List<Integer> samples) {
    AscentState now = ascent.start(SEED, samples);
    while (now.step() < 3) {
      now = ascent.advance(now);
    }
    return now;
  }

  private static double distance(Tensor one, Tensor other) {
    return one.sub(other).abs().mean().item_double();
  }

  @ParameterizedTest
  @MethodSource("names")
  void ascentsGoOnFromAFileToTheSameBits(String name) {
    Ascent ascent = ascents.get(name);
    AscentState now = ascent.start(SEED, 1);
    while (now.step() < HALFWAY) {
      now = ascent.advance(now);
    }
    Path file = folder.resolve(name + ".safetensors");
    SafetensorsWriter.write(file, now.tensors(), Map.of());
    now.close();
    now = read(file);
    assertThat(ascent.isDone(now)).isFalse();
    while (!ascent.isDone(now)) {
      now = ascent.advance(now);
    }
    try (AscentState done = now;
        Scope scope = Scope.open()) {
      assertThat(done.step()).isEqualTo(STEPS).isEqualTo(ascent.steps());
      assertThat(Tensors.toFloats(ascent.image(done))).isEqualTo(synthesized(name, SEED, 1));
    }
  }

  private static AscentState read(Path file) {
    try (TensorStore store = Checkpoints.open(file);
        Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      store.entries().keySet().forEach(each -> tensors.put(each, store.load(each)));
      tensors.values().forEach(Scope::keepForever);
      return new AscentState(SEED, List.of(1), HALFWAY, tensors);
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void viewScoresAreFunctionsOfSeedAndSampleAndView(String name) {
    Ascent ascent = ascents.get(name);
    try (AscentState done = finished(ascent, 1);
        AscentState other = finished(ascent, 2)) {
      double[] scores = ascent.viewScores(done, 5, 1);
      assertThat(scores).doesNotContain(ascent.viewScores(other, 5, 1));
      assertThat(ascent.viewScores(done, 5, 1)).containsExactly(scores);
      // More views do not change the first.
      int few = Math.min(3, scores.length);
      assertThat(ascent.viewScores(done, 3, 1)).containsExactly(Arrays.copyOf(scores, few));
      assertThat(scores).doesNotHaveDuplicates();
    }
  }

  @Test
  void pixelsAreLookedAtAsTheyAre() {
    Ascent pixel = ascents.get("pixel");
    try (AscentState done = finished(pixel, 1);
        Scope scope = Scope.open()) {
      double bare = pipeline.score().of(pixel.image(done)).item_double();
      assertThat(pixel.viewScores(done, 5, 1)).containsExactly(bare);
    }
  }

  /** Random numbers of steps are counted from 0. */
  @Test
  void viewsDrawWhatNoStepAndNoOtherViewDraws() {
    Set<Long> draws = new HashSet<>();
    for (int view = 0; view < 10; view++) {
      for (int i = 0; i < 4; i++) {
        long draw = Views.draw(view, 4) + i;
        assertThat(draw).isNegative();
        assertThat(draws.add(draw)).isTrue();
      }
    }
  }

  private static AscentState finished(Ascent ascent, int sample) {
    AscentState now = ascent.start(SEED, sample);
    while (!ascent.isDone(now)) {
      now = ascent.advance(now);
    }
    return now;
  }

  @ParameterizedTest
  @MethodSource("names")
  void transparencyGrowsWhereItIsKept(String name) {
    Ascent ascent = ascents.get(name);
    AscentState now = ascent.start(SEED, 0);
    double before = 0;
    while (now.step() < 3) {
      now = ascent.advance(now);
      try (Scope scope = Scope.open()) {
        AscentState at = now;
        boolean kept = at.tensors().containsKey("transparency");
        assertThat(ascent.transparency(at).isPresent()).isEqualTo(kept);
        if (kept) {
          Tensor map = ascent.transparency(at).orElseThrow();
          assertThat(Tensors.shape(map)).containsExactly(1, 3, SIZE, SIZE);
          assertThat(map.min().item_double()).isNotNegative();
          assertThat(map.sum().item_double()).isGreaterThan(before);
          before = map.sum().item_double();
        }
      }
    }
    now.close();
  }

  @Test
  void aStepThatFailsFreesTheState() {
    PixelAscent broken =
        new PixelAscent(
            images -> {
              throw new IllegalStateException("no score");
            },
            SIZE);
    AscentState state = broken.start(SEED, 0);
    assertThatThrownBy(() -> broken.advance(state)).hasMessage("no score");
    assertThat(state.tensors().values()).allMatch(tensor -> tensor.isNull());
  }

  @Test
  void settingsOutOfRangeAreNamed() {
    assertThatThrownBy(() -> new PixelAscent(pipeline.score(), 1))
        .hasMessage("side of the image 1, must be at least 2 pixels");
    assertThatThrownBy(
            () ->
                new MacoAscent.Settings(
                    STEPS, 1, Optimiser.NAdam.USUAL, 1, 6, 0.3, 0.2, 0.1, 0.1, 2.5))
        .hasMessageContaining("largest crop less the smallest");
  }
}
