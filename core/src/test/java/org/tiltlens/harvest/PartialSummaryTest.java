package org.tiltlens.harvest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.tilting.ScoreSample;

class PartialSummaryTest {
  private static final int FEATURES = 4;
  private static final int IMAGES = 3000;
  private static final int TOP = 9;
  private static final int SIDE = 3;
  private static final double NAN_FEATURE = 3;

  /** Scores of features by images: wide, far from zero, with ties and both zeros; one NaN. */
  private static float[][] scores() {
    Random random = new Random(1);
    float[][] scores = new float[FEATURES][IMAGES];
    for (int i = 0; i < IMAGES; i++) {
      scores[0][i] = (float) (random.nextGaussian() * Math.exp(3 * random.nextGaussian()));
      scores[1][i] = (float) (-50 + random.nextGaussian());
      scores[2][i] = random.nextInt(7) == 0 ? -0f : random.nextInt(40) / 8f;
      scores[3][i] = i == 1234 ? Float.NaN : i;
    }
    return scores;
  }

  private static PartialSummary.Shape shape(boolean exact) {
    return new PartialSummary.Shape(FEATURES, SIDE, SIDE, TOP, exact);
  }

  private static PartialSummary part(boolean exact, int... images) {
    float[][] all = scores();
    int[] sorted = Arrays.stream(images).sorted().toArray();
    float[] scores = new float[FEATURES * sorted.length];
    float[] positions = new float[scores.length];
    double[] active = new double[FEATURES];
    double[] activePositions = new double[FEATURES];
    for (int k = 0; k < FEATURES; k++) {
      for (int i = 0; i < sorted.length; i++) {
        float score = all[k][sorted[i]];
        scores[k * sorted.length + i] = score;
        positions[k * sorted.length + i] = sorted[i] % (SIDE * SIDE);
        active[k] += score > 0 ? 1 : 0;
        activePositions[k] += score > 0 ? 2 : 0;
      }
    }
    PartialSummary part = new PartialSummary(shape(exact));
    part.add(new PartialSummary.Pass(sorted, scores, positions, active, activePositions));
    return part;
  }

  private static PartialSummary whole(boolean exact) {
    return part(exact, IntStream.range(0, IMAGES).toArray());
  }

  private static byte[] bytes(PartialSummary part) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PartialSummaryFile.write(out, part);
    return out.toByteArray();
  }

  /** Parts of random sizes and images. */
  private static List<PartialSummary> split(boolean exact, Random random) {
    List<Integer> images = new ArrayList<>(IntStream.range(0, IMAGES).boxed().toList());
    Collections.shuffle(images, random);
    List<PartialSummary> parts = new ArrayList<>();
    for (int from = 0; from < IMAGES; ) {
      int to = Math.min(IMAGES, from + 1 + random.nextInt(700));
      parts.add(
          part(exact, images.subList(from, to).stream().mapToInt(Integer::intValue).toArray()));
      from = to;
    }
    return parts;
  }

  @ParameterizedTest
  @CsvSource({"true, 1", "true, 2", "false, 3", "false, 4", "false, 5"})
  void anySplitInAnyOrderByAnyTreeIsTheWholeToTheBit(boolean exact, long seed) throws IOException {
    Random random = new Random(seed);
    List<PartialSummary> parts = split(exact, random);
    while (parts.size() > 1) {
      PartialSummary one = parts.remove(random.nextInt(parts.size()));
      parts.get(random.nextInt(parts.size())).add(one);
    }
    assertThat(bytes(parts.get(0))).isEqualTo(bytes(whole(exact)));
  }

  @Test
  void everyScoreIsKeptWhereThereAreFew() {
    float[][] scores = scores();
    for (int k = 0; k < NAN_FEATURE; k++) {
      PartialSummary.Row row = whole(true).row(k).orElseThrow();
      double[] sorted = sorted(scores[k]);
      assertThat(row.scores().sample().scores()).containsExactly(sorted);
    }
  }

  @Test
  void coarseBinsKeepMeansAndExtremesAndPercentilesToTheirWidth() {
    float[][] scores = scores();
    for (int k = 0; k < NAN_FEATURE; k++) {
      PartialSummary.Row row = whole(false).row(k).orElseThrow();
      ScoreSample exact = ScoreSample.of(sorted(scores[k]));
      ScoreSample coarse = row.scores().sample(row.top().ascending(FeatureStatistics.EXACT));
      assertThat(coarse.size()).isEqualTo(IMAGES);
      assertThat(coarse.mean())
          .isCloseTo(exact.mean(), within(1e-12 * Math.abs(exact.min() - exact.max())));
      assertThat(coarse.max()).isEqualTo(exact.max());
      for (double percentile : FeatureStatistics.PERCENTILES) {
        double score = exact.scoreAt(percentile);
        assertThat(coarse.scoreAt(percentile))
            .as("feature %s at %s", k, percentile)
            .isCloseTo(score, within(ScoreBins.WIDTH * Math.abs(score)));
      }
      assertThat(coarse.scoreAt(99)).isCloseTo(exact.scoreAt(99), within(1e-12));
      double lost = exact.tilted(0).variance() - coarse.tilted(0).variance();
      double most = Math.max(Math.abs(exact.min()), exact.max()) * ScoreBins.WIDTH / 2;
      assertThat(lost).isBetween(-1e-9, most * most);
    }
  }

  private static double[] sorted(float... scores) {
    return IntStream.range(0, scores.length).mapToDouble(i -> scores[i] + 0f).sorted().toArray();
  }

  @Test
  void theHighestComeWithTheirImagesAndPlacesEqualsInTheCorpusOrder() {
    PartialSummary.Row row = whole(false).row(2).orElseThrow();
    float[] scores = scores()[2];
    int[] expected =
        IntStream.range(0, IMAGES)
            .boxed()
            .sorted((a, b) -> scores[a] == scores[b] ? a - b : Float.compare(scores[b], scores[a]))
            .limit(TOP)
            .mapToInt(Integer::intValue)
            .toArray();
    List<FeatureStatistics.TopImage> top = row.top().images(TOP, SIDE);
    assertThat(top).extracting(FeatureStatistics.TopImage::image).containsExactly(box(expected));
    assertThat(top.get(3).row() * SIDE + top.get(3).column()).isEqualTo(expected[3] % 9);
  }

  private static Integer[] box(int... values) {
    return Arrays.stream(values).boxed().toArray(Integer[]::new);
  }

  @Test
  void aFeatureThatIsNotFiniteAnywhereIsUnknownInWhateverPart() {
    PartialSummary sum = part(true, 1, 2, 3);
    assertThat(sum.row(3)).isPresent();
    sum.add(part(true, 1234));
    sum.add(part(true, 7));
    assertThat(sum.row(3)).isEmpty();
    assertThat(sum.row(2)).isPresent();
  }

  @Test
  void noImageCountsTwiceAndPartsAreAlike() {
    PartialSummary sum = part(true, 1, 2);
    assertThatThrownBy(() -> sum.add(part(true, 2, 3))).hasMessageContaining("image 2 is in two");
    assertThatThrownBy(() -> sum.add(part(false, 4))).hasMessageContaining("exact=true");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void bytesComeBackAndDamageIsFound(boolean exact) throws IOException {
    PartialSummary part = part(exact, IntStream.range(0, 60).map(i -> i * 50).toArray());
    byte[] written = bytes(part);
    PartialSummary read = PartialSummaryFile.read(new ByteArrayInputStream(written));
    assertThat(bytes(read)).isEqualTo(written);
    assertThat(read.images()).isEqualTo(part.images());
    for (int at = 0; at < written.length; at++) {
      byte[] damaged = written.clone();
      damaged[at] ^= (byte) (1 << at % 8);
      assertThatThrownBy(() -> PartialSummaryFile.read(new ByteArrayInputStream(damaged)))
          .as("byte %s", at)
          .isInstanceOfAny(IOException.class, IllegalArgumentException.class);
      byte[] torn = Arrays.copyOf(written, at);
      assertThatThrownBy(() -> PartialSummaryFile.read(new ByteArrayInputStream(torn)))
          .isInstanceOfAny(IOException.class, IllegalArgumentException.class);
    }
  }
}
