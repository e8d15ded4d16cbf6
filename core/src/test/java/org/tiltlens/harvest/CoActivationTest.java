package org.tiltlens.harvest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.fixture.NoiseBundle;
import org.tiltlens.models.Bundle;

/** Which features are active together, against sets by hand and the table of the same corpus. */
class CoActivationTest {
  @Test
  void valuesAreJaccardsAndNoneIsPassedOver() {
    Random random = new Random(5);
    int features = 60;
    int images = 150;
    List<Set<Integer>> sets = new ArrayList<>();
    long[][] bits = new long[features][3];
    for (int i = 0; i < features; i++) {
      Set<Integer> set = new HashSet<>();
      double share = i == 0 ? 0 : random.nextDouble() * random.nextDouble();
      for (int image = 0; image < images; image++) {
        if (random.nextDouble() < share) {
          set.add(image);
          bits[i][image / 64] |= 1L << (image % 64);
        }
      }
      sets.add(set);
    }
    CoActivation found = CoActivation.of(images, bits);
    for (int i = 0; i < features; i++) {
      assertThat(found.active()[i]).isEqualTo(sets.get(i).size());
      List<Double> expected = new ArrayList<>();
      for (int j = 0; j < features; j++) {
        double jaccard = jaccard(sets.get(i), sets.get(j));
        if (j != i && jaccard > 0) {
          expected.add(jaccard);
        }
      }
      expected.sort(Comparator.reverseOrder());
      List<Neighbours.Neighbour> together = found.together().of(i);
      assertThat(together).hasSize(Math.min(Neighbours.MOST, expected.size()));
      for (int n = 0; n < together.size(); n++) {
        assertThat(together.get(n).value()).isCloseTo(expected.get(n), within(1e-6));
        assertThat(jaccard(sets.get(i), sets.get(together.get(n).feature())))
            .isCloseTo(expected.get(n), within(1e-6));
      }
    }
  }

  private static double jaccard(Set<Integer> one, Set<Integer> other) {
    Set<Integer> both = new HashSet<>(one);
    both.retainAll(other);
    Set<Integer> either = new HashSet<>(one);
    either.addAll(other);
    return either.isEmpty() ? 0 : (double) both.size() / either.size();
  }

  @Test
  void activeMeansWhatItMeansInATable(@TempDir Path folder) throws IOException {
    NoiseBundle.write(folder, 3);
    Bundle bundle = Bundle.at(folder);
    HarvestSpec spec = HarvestSpec.of(bundle);
    try (FeatureTable table = FeatureTable.open(folder.resolve("features.parquet"));
        Corpus corpus = FeaturePictures.corpus(spec, table.info())) {
      CoActivation found =
          CoActivation.of(spec, corpus, CoActivation.images(table.info()), "cpu", done -> {});
      assertThat(found.images()).isEqualTo(NoiseBundle.IMAGES);
      for (FeatureSummary feature : table.summaries(FeatureTable.Sort.INDEX)) {
        assertThat((double) found.active()[feature.feature()] / NoiseBundle.IMAGES)
            .isEqualTo(feature.frequency());
      }
      assertThatThrownBy(
              () ->
                  CoActivation.of(
                      spec,
                      corpus,
                      40,
                      "cpu",
                      done -> {
                        throw new IllegalStateException("enough");
                      }))
          .hasMessage("enough");
    }
  }
}
