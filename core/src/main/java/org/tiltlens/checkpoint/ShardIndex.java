package org.tiltlens.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@code {"metadata": ..., "weight_map": {tensor: shard file}}}. */
final class ShardIndex {
  private static final int MAX_BYTES = 64 << 20;

  /** Each shard stays open. */
  private static final int MAX_SHARDS = 1000;

  private static final Pattern COUNTED = Pattern.compile(".*-\\d{5}(-of-(\\d{5})\\..*)");

  private ShardIndex() {}

  /** Tensor name -> the plain name of a file beside {@code index}. */
  static Map<String, String> read(Path index) {
    byte[] text = OpenFile.readSmall(index, MAX_BYTES);
    try (JsonParser json = SafetensorsHeader.JSON.createParser(text)) {
      Map<String, String> places = new LinkedHashMap<>();
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new CheckpointException("it is not a JSON object");
      }
      for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
        if (key.equals("weight_map") && json.nextToken() == JsonToken.START_OBJECT) {
          weightMap(json, places);
        } else {
          json.nextToken();
          json.skipChildren();
        }
      }
      if (json.nextToken() != null || places.isEmpty()) {
        throw new CheckpointException("it has no \"weight_map\", or more behind it");
      }
      requireAll(places);
      return places;
    } catch (CheckpointException e) {
      throw e.in(index.toString());
    } catch (IOException | IllegalStateException e) {
      throw new CheckpointException(index + ": is not valid JSON", e);
    }
  }

  /** Names of shards count them: one that the index leaves out would be missed by nobody. */
  private static void requireAll(Map<String, String> places) {
    Set<String> shards = new TreeSet<>(places.values());
    for (String shard : shards) {
      Matcher counted = COUNTED.matcher(shard);
      if (counted.matches()) {
        long count = shards.stream().filter(name -> name.endsWith(counted.group(1))).count();
        if (count < Integer.parseInt(counted.group(2))) {
          throw new CheckpointException(
              "it names %d of the %s shards that '%s' is one of: put the whole index there"
                  .formatted(count, Integer.valueOf(counted.group(2)), shard));
        }
      }
    }
  }

  private static void weightMap(JsonParser json, Map<String, String> places) throws IOException {
    Set<String> shards = new HashSet<>();
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      String shard = json.nextTextValue();
      if (shard == null || !isPlain(shard)) {
        throw new CheckpointException(
            "tensor '" + name + "' is said to be in '" + shard + "', which is no plain file name");
      }
      places.put(name, shard);
      if (shards.add(shard) && shards.size() > MAX_SHARDS) {
        throw new CheckpointException("it names more than " + MAX_SHARDS + " files");
      }
    }
  }

  /** Nothing that could lead out of the folder, on any system. */
  private static boolean isPlain(String name) {
    return name.matches("[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}");
  }
}
