package org.tiltlens.harvest;

import java.util.LinkedHashMap;
import java.util.Map;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.run.Json;

/**
 * What a table of features was harvested from, kept in the file's own metadata.
 *
 * @param images how many images the numbers are of
 * @param skipped how many broken ones there were beside them
 * @param features features of the dictionary, K
 * @param mapHeight height of the features' maps
 * @param mapWidth width of the features' maps
 * @param score hook point, reduction and crop, one line
 * @param framing how images became squares
 * @param corpus {@link Corpus#fingerprint} of the images
 * @param models what the caller said of the model files, such as their hashes
 * @param spec what was asked for, with the names of images and models; null in tables of earlier
 *     releases and of who harvested without one
 */
public record HarvestInfo(
    int images,
    int skipped,
    int features,
    int mapHeight,
    int mapWidth,
    String score,
    String framing,
    String corpus,
    String models,
    HarvestSpec spec) {

  private static final String SPEC = "spec";

  /** The hook point, as {@link #score} has it. */
  public String hook() {
    return score.replaceFirst("^.*? at ", "").replaceFirst(",.*$", "");
  }

  Map<String, String> toMap() {
    Map<String, String> map = new LinkedHashMap<>();
    map.put("images", Integer.toString(images));
    map.put("skipped", Integer.toString(skipped));
    map.put("features", Integer.toString(features));
    map.put("map_height", Integer.toString(mapHeight));
    map.put("map_width", Integer.toString(mapWidth));
    map.put("score", score);
    map.put("framing", framing);
    map.put("corpus", corpus);
    map.put("models", models);
    if (spec != null) {
      map.put(SPEC, Json.write(spec));
    }
    return map;
  }

  /**
   * The reverse of {@link #toMap}.
   *
   * @throws IllegalArgumentException if something is missing or no number
   */
  static HarvestInfo of(Map<String, String> map) {
    return new HarvestInfo(
        number(map, "images"),
        number(map, "skipped"),
        number(map, "features"),
        number(map, "map_height"),
        number(map, "map_width"),
        text(map, "score"),
        text(map, "framing"),
        text(map, "corpus"),
        text(map, "models"),
        spec(map.get(SPEC)));
  }

  /** What another release understands otherwise is as good as absent: it only names files. */
  private static HarvestSpec spec(String json) {
    try {
      return json == null ? null : Json.parse(json, HarvestSpec.class);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static int number(Map<String, String> map, String key) {
    try {
      return Integer.parseInt(text(map, key));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "its metadata '" + key + "' is '" + map.get(key) + "', expected a number", e);
    }
  }

  private static String text(Map<String, String> map, String key) {
    String value = map.get(key);
    if (value == null) {
      throw new IllegalArgumentException("its metadata lacks '" + key + "'");
    }
    return value;
  }
}
