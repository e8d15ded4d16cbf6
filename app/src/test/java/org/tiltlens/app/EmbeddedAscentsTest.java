package org.tiltlens.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.compare.CompareSpec;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.harvest.FeatureTable;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.models.NamedUnit;
import org.tiltlens.models.OpenUnit;
import org.tiltlens.synthesis.Ascent;
import org.tiltlens.synthesis.AscentState;
import org.tiltlens.synthesis.FourierAscent;
import org.tiltlens.synthesis.MacoAscent;
import org.tiltlens.synthesis.MagnitudeSpectrum;
import org.tiltlens.synthesis.RandomTransforms;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Warp;

/** What an ascent reaches in its own frame must hold for the picture that it hands out. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EmbeddedAscentsTest {
  private static final int STEPS = 128;
  private static final int VIEWS = 32;

  private final ModelShelf shelf = new ModelShelf();
  private Bundle bundle;

  @BeforeAll
  void open() throws IOException {
    bundle = Bundle.embedded();
  }

  @AfterAll
  void close() {
    shelf.close();
  }

  private UnitScore score(int feature) {
    ModelFiles files = bundle.models();
    return OpenUnit.score(
        shelf,
        new NamedUnit(
            files.vision(),
            Map.of(),
            null,
            files.dictionary(),
            CompareSpec.unit(feature),
            "mix:0.7",
            0.5),
        Device.CPU);
  }

  /** Scores of one finished image. */
  private record Scores(double bare, double leastRolled, double views) {}

  private Scores climbed(UnitScore score, RandomTransforms transforms) {
    FourierAscent.Settings usual = FourierAscent.Settings.DEFAULTS;
    FourierAscent ascent =
        new FourierAscent(
            score,
            bundle.manifest().imageSize(),
            new FourierAscent.Settings(
                STEPS, usual.rate(), usual.optimiser(), usual.sd(), usual.decay(), transforms));
    try (AscentState done = finished(ascent);
        Scope scope = Scope.open()) {
      Tensor picture = ascent.picture(done);
      int stride = score.vision().stride();
      return new Scores(
          score.of(picture).item_double(),
          IntStream.range(0, stride * stride)
              .mapToObj(i -> Warp.roll(picture, i % stride, i / stride))
              .mapToDouble(rolled -> score.of(rolled).item_double())
              .min()
              .orElseThrow(),
          views(ascent, done));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {407, 117})
  void fourierImagesScoreInEveryPhaseAsInTheirViews(int feature) {
    UnitScore score = score(feature);
    assertThat(score.vision().stride()).isEqualTo(4);
    Scores scores = climbed(score, RandomTransforms.forSize(bundle.manifest().imageSize(), 4));
    assertThat(scores.views()).isPositive();
    assertThat(scores.bare()).isGreaterThan(scores.views() / 2);
    assertThat(scores.leastRolled()).isGreaterThan(scores.views() / 2);
  }

  /** What padding and jitter in proportion alone did: the measure above can tell. */
  @Test
  void aFrameInEveryViewIsWhatTheImageNeeds() {
    RandomTransforms all = RandomTransforms.STANDARD;
    Scores scores =
        climbed(score(407), new RandomTransforms(2, 2, all.scales(), all.degrees(), 1, 0));
    assertThat(scores.bare()).isLessThan(scores.views() / 2);
    assertThat(scores.leastRolled()).isLessThan(scores.views() / 2);
  }

  /** Nearly the 99th percentile of the corpus' scores after an eighth of the usual steps. */
  @Test
  void macosShrunkCropsClimb() throws IOException {
    UnitScore score = score(407);
    int size = bundle.manifest().imageSize();
    double wanted;
    try (FeatureTable table = FeatureTable.open(bundle.path(bundle.manifest().features()))) {
      wanted = table.feature(407).sample().scoreAt(99);
    }
    try (MagnitudeSpectrum spectrum = spectrum(200);
        MagnitudeSpectrum canvas = spectrum.resized(MacoAscent.canvas(size))) {
      assertThat(canvas.size()).isGreaterThan(5 * size);
      MacoAscent.Settings usual = MacoAscent.Settings.DEFAULTS;
      MacoAscent ascent =
          new MacoAscent(
              score,
              canvas,
              size,
              new MacoAscent.Settings(
                  STEPS,
                  usual.rate(),
                  usual.optimiser(),
                  usual.phaseSd(),
                  usual.crops(),
                  usual.smallestCrop(),
                  usual.largestCrop(),
                  usual.centreSd(),
                  usual.noise(),
                  usual.range()));
      try (AscentState start = ascent.start(45, 0);
          AscentState done = finished(ascent)) {
        double reached = views(ascent, done);
        assertThat(reached).isGreaterThan(views(ascent, start) + wanted / 4);
        assertThat(reached).isGreaterThan(0.75 * wanted);
      }
    }
  }

  private MagnitudeSpectrum spectrum(int images) throws IOException {
    try (Corpus corpus = bundle.openCorpus()) {
      return MagnitudeSpectrum.of(
          IntStream.range(0, images).mapToObj(i -> corpus.read(i).orElseThrow()).iterator());
    }
  }

  private static AscentState finished(Ascent ascent) {
    AscentState now = ascent.start(45, 0);
    while (!ascent.isDone(now)) {
      now = ascent.advance(now);
    }
    return now;
  }

  private static double views(Ascent ascent, AscentState state) {
    return Arrays.stream(ascent.viewScores(state, VIEWS, 1)).average().orElseThrow();
  }
}
