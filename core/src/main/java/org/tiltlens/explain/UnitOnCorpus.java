package org.tiltlens.explain;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.tiltlens.corpus.Framing;
import org.tiltlens.feature.Unit;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.harvest.CorpusScores;
import org.tiltlens.harvest.FeatureScores;
import org.tiltlens.harvest.FeatureStatistics;
import org.tiltlens.harvest.FeatureTable;
import org.tiltlens.harvest.HarvestInfo;
import org.tiltlens.models.Named;
import org.tiltlens.tilting.ScoreSample;

/**
 * What a corpus says of a unit.
 *
 * @param sample its images' scores
 * @param mean of them
 * @param top indices of the images of the highest scores, highest first
 * @param corpus fingerprint of the corpus; null if it is the one at hand
 */
record UnitOnCorpus(ScoreSample sample, double mean, List<Integer> top, String corpus) {

  /**
   * From a harvest; empty unless it has this unit and score, of these models and framing.
   *
   * @param harvest the table's name in a spec; null if there is none
   * @param framing how pictures become squares
   * @param models the vision model and the dictionary, as a table names them
   * @param why hears why a harvest that was given is of no use
   */
  static Optional<UnitOnCorpus> harvested(
      String harvest, UnitScore score, Framing framing, String models, Consumer<String> why)
      throws IOException {
    if (harvest == null) {
      return Optional.empty();
    }
    if (!(score.unit() instanceof Unit.DictionaryFeature feature) || !feature.beforeActivation()) {
      why.accept(FeatureScores.HARVESTED_UNITS);
      return Optional.empty();
    }
    try (FeatureTable table = FeatureTable.open(Named.resolve(harvest))) {
      Optional<String> difference = difference(table.info(), score, framing, models);
      if (difference.isPresent()) {
        why.accept(difference.get());
        return Optional.empty();
      }
      String corpus = table.info().corpus();
      return table
          .find(feature.index())
          .map(
              found ->
                  new UnitOnCorpus(
                      found.sample(),
                      found.mean(),
                      found.top().stream().map(FeatureStatistics.TopImage::image).toList(),
                      corpus));
    }
  }

  private static Optional<String> difference(
      HarvestInfo harvest, UnitScore score, Framing framing, String models) {
    String wanted = FeatureScores.harvestedAs(score);
    if (!harvest.score().equals(wanted)) {
      return Optional.of(FeatureScores.harvestDiffers(harvest.score(), wanted));
    }
    if (!harvest.framing().equals(framing.toString())) {
      return Optional.of(FeatureScores.harvestDiffers(harvest.framing(), framing.toString()));
    }
    return harvest.models().equals(models)
        ? Optional.empty()
        : Optional.of("the harvest was made with another vision model or dictionary");
  }

  /** From the scores of all images; equals in the corpus' order. */
  static UnitOnCorpus scanned(CorpusScores scores) {
    List<Integer> top =
        IntStream.range(0, scores.images().size())
            .boxed()
            .sorted(Comparator.comparing((Integer place) -> -scores.scores().get(place)))
            .map(place -> scores.images().get(place))
            .toList();
    ScoreSample sample = scores.sample();
    return new UnitOnCorpus(sample, sample.mean(), top, null);
  }
}
