package org.tiltlens.server;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.tiltlens.harvest.Neighbours;
import org.tiltlens.run.Sha256;

/**
 * Features as the rows that Neuronpedia imports: the files of a folder {@code MODEL/SOURCE}, a row
 * of JSON a line.
 *
 * <p>Names are those of its tables. Who uploads fills in the creator.
 */
final class Neuronpedia {
  private static final int ID = 24;

  private Neuronpedia() {}

  /** A model. */
  @JsonNaming(PropertyNamingStrategies.LowerCamelCaseStrategy.class)
  record Model(String id, String displayName, String displayNameShort, boolean instruct) {}

  /** Features that belong together. */
  @JsonNaming(PropertyNamingStrategies.LowerCamelCaseStrategy.class)
  record SourceSet(String modelId, String name, String description) {}

  /**
   * Features of one layer.
   *
   * @param numPrompts images
   * @param numTokensInPrompt places of a map
   * @param dataset licence and source of the images
   * @param notes what the numbers are
   */
  @JsonNaming(PropertyNamingStrategies.LowerCamelCaseStrategy.class)
  record Source(
      String id,
      String modelId,
      String setName,
      @JsonProperty("num_prompts") int numPrompts,
      @JsonProperty("num_tokens_in_prompt") int numTokensInPrompt,
      String dataset,
      String notes) {}

  /**
   * A feature.
   *
   * @param layer the source
   * @param maxActApprox the largest activation on any top image
   * @param topkCosSimIndices itself, then those whose decoder directions are nearest; none where it
   *     has no direction
   * @param topkCosSimValues their cosines
   */
  @JsonNaming(PropertyNamingStrategies.LowerCamelCaseStrategy.class)
  record Feature(
      String modelId,
      String layer,
      String index,
      String sourceSetName,
      double maxActApprox,
      boolean hasVector,
      List<Double> vector,
      String hookName,
      List<Integer> topkCosSimIndices,
      List<Double> topkCosSimValues,
      @JsonProperty("frac_nonzero") double fracNonzero,
      @JsonProperty("freq_hist_data_bar_values") List<Double> freqHistDataBarValues,
      @JsonProperty("freq_hist_data_bar_heights") List<Long> freqHistDataBarHeights) {

    @JsonAnyGetter
    Map<String, List<Object>> withoutCounterpart() {
      return Dashboard.empty();
    }
  }

  static Feature feature(
      Dashboard where, String hook, Dashboard.Feature known, List<Neighbours.Neighbour> nearest) {
    List<Integer> indices = new ArrayList<>();
    List<Double> cosines = new ArrayList<>();
    if (!nearest.isEmpty()) {
      indices.add(known.featureIndex());
      cosines.add(1.0);
    }
    for (Neighbours.Neighbour other : nearest) {
      indices.add(other.feature());
      cosines.add(other.value());
    }
    return new Feature(
        where.modelId(),
        where.source(),
        Integer.toString(known.featureIndex()),
        where.saeSet(),
        known.highest(),
        false,
        List.of(),
        hook,
        indices,
        cosines,
        known.fracNonzero(),
        known.freqHistDataBarValues(),
        known.freqHistDataBarHeights());
  }

  /**
   * A top image.
   *
   * @param tokens as in {@link Dashboard.Activation}
   * @param dataIndex the picture's file in the export
   * @param dataSource the bundle
   */
  @JsonNaming(PropertyNamingStrategies.LowerCamelCaseStrategy.class)
  record Activation(
      String id,
      String modelId,
      String layer,
      String index,
      List<String> tokens,
      List<Double> values,
      double minValue,
      double maxValue,
      int maxValueTokenIndex,
      double binMin,
      double binMax,
      double binContains,
      int qualifyingTokenIndex,
      String dataIndex,
      String dataSource) {}

  static List<Activation> activations(Dashboard where, String bundle, Dashboard.Feature known) {
    List<Activation> rows = new ArrayList<>();
    for (Dashboard.Activation one : known.activations()) {
      String file =
          "feature-" + known.featureIndex() + "/" + one.tokens().get(0).replaceFirst("#.*", "");
      double highest = Collections.max(one.values());
      rows.add(
          new Activation(
              id(where, "activation", file),
              where.modelId(),
              where.source(),
              Integer.toString(known.featureIndex()),
              one.tokens(),
              one.values(),
              Collections.min(one.values()),
              highest,
              one.values().indexOf(highest),
              one.binMin(),
              one.binMax(),
              one.binContains(),
              one.qualifyingTokenIndex(),
              file,
              bundle));
    }
    return rows;
  }

  /**
   * What somebody called a feature.
   *
   * @param description the note's label
   */
  @JsonNaming(PropertyNamingStrategies.LowerCamelCaseStrategy.class)
  record Explanation(String id, String modelId, String layer, String index, String description) {}

  static Explanation explanation(Dashboard where, Note note) {
    String index = Integer.toString(note.feature());
    return new Explanation(
        id(where, "explanation", index), where.modelId(), where.source(), index, note.label());
  }

  /** The same row has the same id, in every export. */
  private static String id(Dashboard where, String kind, String what) {
    String all = String.join("\n", where.modelId(), where.source(), kind, what);
    return "c" + Sha256.of(all).substring(0, ID);
  }
}
