package org.tiltlens.server;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.tiltlens.harvest.ActivationMaps;
import org.tiltlens.harvest.HarvestInfo;

/**
 * Features in the format of SAEDashboard's {@code batch-N.json}, in which a picture stands for a
 * text and its places for tokens.
 *
 * <p>Fields are those of its {@code NeuronpediaDashboardBatch}, all of them and no other, as its
 * readers refuse others; what a vision model has no counterpart of is an empty list.
 *
 * @param modelId the bundle's name, in small letters and dashes
 * @param layer the last number in the hook point's name; 0 without one
 * @param saeSet the hook point, in small letters and dashes
 */
record Dashboard(String modelId, int layer, String saeSet) {
  private static final Pattern NUMBER = Pattern.compile("\\d{1,6}");

  /** Fields of a feature that a vision model has no counterpart of. */
  private static final List<String> WITHOUT_COUNTERPART =
      List.of(
          "neuron_alignment_indices",
          "neuron_alignment_values",
          "neuron_alignment_l1",
          "correlated_neurons_indices",
          "correlated_neurons_l1",
          "correlated_neurons_pearson",
          "correlated_features_indices",
          "correlated_features_l1",
          "correlated_features_pearson",
          "neg_str",
          "neg_values",
          "pos_str",
          "pos_values",
          "logits_hist_data_bar_heights",
          "logits_hist_data_bar_values",
          "decoder_weights_dist");

  static Dashboard of(BundleView bundle, HarvestInfo info) {
    Matcher numbers = NUMBER.matcher(info.hook());
    int layer = 0;
    while (numbers.find()) {
      layer = Integer.parseInt(numbers.group());
    }
    return new Dashboard(slug(bundle.name()), layer, slug(info.hook()));
  }

  private static String slug(String name) {
    String slug =
        name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
    return slug.isEmpty() ? "unnamed" : slug;
  }

  /** The fields without a counterpart, as they are written. */
  static Map<String, List<Object>> empty() {
    Map<String, List<Object>> empty = new LinkedHashMap<>();
    WITHOUT_COUNTERPART.forEach(name -> empty.put(name, List.of()));
    return empty;
  }

  /** What Neuronpedia calls a source. */
  String source() {
    return layer + "-" + saeSet;
  }

  /**
   * A file of features.
   *
   * @param features some of them, in order
   */
  record Batch(String modelId, int layer, String saeSet, List<Feature> features) {
    Batch {
      features = List.copyOf(features);
    }
  }

  Batch batch(List<Feature> features) {
    return new Batch(modelId, layer, saeSet, features);
  }

  /**
   * A feature.
   *
   * @param fracNonzero share of all positions of all images at which it is active
   * @param freqHistDataBarValues middles of the bins of its <em>scores</em>
   * @param freqHistDataBarHeights images in each of these bins
   * @param nPromptsTotal images
   * @param nTokensInPrompt places of its map
   * @param dataset licence and source of the images
   * @param activations its top images, highest scores first
   */
  record Feature(
      int featureIndex,
      double fracNonzero,
      List<Double> freqHistDataBarValues,
      List<Long> freqHistDataBarHeights,
      int nPromptsTotal,
      int nTokensInPrompt,
      String dataset,
      List<Activation> activations) {

    /**
     * A feature as the studio has it.
     *
     * @param maps its activations on its top images
     */
    static Feature of(
        BundleView bundle, HarvestInfo info, FeatureDetail known, ActivationMaps maps) {
      Histogram histogram = known.histogram();
      int bins = histogram.counts().size();
      double width = (histogram.high() - histogram.low()) / bins;
      return new Feature(
          known.feature(),
          known.positionFrequency(),
          IntStream.range(0, bins).mapToObj(i -> histogram.low() + (i + 0.5) * width).toList(),
          histogram.counts(),
          info.images(),
          info.mapHeight() * info.mapWidth(),
          bundle.dataLicence(),
          activations(info, known, maps));
    }

    /** The largest activation on any top image. */
    double highest() {
      return activations.stream()
          .flatMap(activation -> activation.values().stream())
          .mapToDouble(Double::doubleValue)
          .max()
          .orElse(0);
    }

    @JsonAnyGetter
    Map<String, List<Object>> withoutCounterpart() {
      return empty();
    }

    private static List<Activation> activations(
        HarvestInfo info, FeatureDetail known, ActivationMaps maps) {
      double highest =
          maps.images().stream()
              .flatMap(map -> values(map).stream())
              .mapToDouble(Double::doubleValue)
              .max()
              .orElse(0);
      List<Activation> activations = new ArrayList<>();
      for (ActivationMaps.OfImage map : maps.images()) {
        known.top().stream()
            .filter(top -> top.image() == map.image())
            .forEach(
                top ->
                    activations.add(
                        new Activation(
                            -1,
                            highest,
                            -1,
                            tokens(map),
                            values(map),
                            top.row() * info.mapWidth() + top.column())));
      }
      return activations;
    }

    private static List<String> tokens(ActivationMaps.OfImage map) {
      List<String> tokens = new ArrayList<>();
      for (int row = 0; row < map.values().length; row++) {
        for (int column = 0; column < map.values()[row].length; column++) {
          tokens.add(map.image() + ".png#" + row + "," + column);
        }
      }
      return tokens;
    }

    private static List<Double> values(ActivationMaps.OfImage map) {
      List<Double> values = new ArrayList<>();
      for (double[] row : map.values()) {
        for (double value : row) {
          values.add(value);
        }
      }
      return values;
    }
  }

  /**
   * A top image.
   *
   * @param binMin -1, by which readers know that it is of the top
   * @param binMax the largest of all activations
   * @param binContains -1, as of all of the top
   * @param tokens its places, row by row: the picture's file in the feature's folder, then row and
   *     column from 0
   * @param values the feature's activations there, after the activation function
   * @param qualifyingTokenIndex which place makes it a top image
   */
  record Activation(
      double binMin,
      double binMax,
      double binContains,
      List<String> tokens,
      List<Double> values,
      int qualifyingTokenIndex) {
    Activation {
      tokens = List.copyOf(tokens);
      values = List.copyOf(values);
    }
  }
}
