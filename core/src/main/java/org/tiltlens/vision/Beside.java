package org.tiltlens.vision;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;

/**
 * What is said of a checkpoint elsewhere than in its tensors.
 *
 * @param config the text of the {@code config.json} that belongs to it: Hugging Face's, timm's or
 *     OpenCLIP's
 * @param preprocessor the text of Hugging Face's {@code preprocessor_config.json}
 * @param options what the user says, by {@link VisionCheckpoint#OPTIONS}
 */
public record Beside(
    Optional<String> config, Optional<String> preprocessor, Map<String, String> options) {
  /** Hugging Face's file of how images are prepared. */
  public static final String PREPROCESSOR = "preprocessor_config.json";

  /** Nothing is said. */
  public static final Beside NOTHING = new Beside(Optional.empty(), Optional.empty(), Map.of());

  // Python writes NaN and Infinity; such values are refused where they matter.
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  public Beside {
    options = Map.copyOf(options);
  }

  /**
   * What lies beside a checkpoint.
   *
   * @throws CheckpointException if it cannot be read or is beyond 10 MB
   */
  public static Beside of(Path path, Map<String, String> options) {
    return new Beside(
        Checkpoints.config(path).or(() -> openClip(path)),
        Checkpoints.settings(path, PREPROCESSOR),
        options);
  }

  /** Whether beside a file, and not in its folder, it is said how its images are prepared. */
  public static boolean hasPreprocessor(Path path) {
    return !Files.isDirectory(path) && Checkpoints.settings(path, PREPROCESSOR).isPresent();
  }

  /** OpenCLIP's own name of it, beside its own name of a checkpoint. */
  private static Optional<String> openClip(Path path) {
    String config = "open_clip_config.json";
    boolean own =
        path.getFileName() != null && path.getFileName().toString().startsWith("open_clip_");
    return own && !Files.isDirectory(path)
        ? Checkpoints.settings(path.resolveSibling(config))
        : Checkpoints.settings(path, config);
  }

  /** The same without options. */
  public static Beside of(Path path) {
    return of(path, Map.of());
  }

  /**
   * {@link #config} as JSON; a missing node where there is none.
   *
   * @throws CheckpointException if it is not JSON
   */
  JsonNode configuration() {
    return json("config.json", config);
  }

  /**
   * {@link #preprocessor} as JSON; a missing node where there is none.
   *
   * @throws CheckpointException if it is not JSON
   */
  JsonNode preprocessing() {
    return json(PREPROCESSOR, preprocessor);
  }

  private static JsonNode json(String name, Optional<String> text) {
    try {
      return text.isPresent() ? MAPPER.readTree(text.get()) : MissingNode.getInstance();
    } catch (JsonProcessingException e) {
      throw new CheckpointException(name + " is not JSON: " + e.getOriginalMessage(), e);
    }
  }
}
