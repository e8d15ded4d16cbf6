package org.tiltlens.harvest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.run.SpecException;
import org.tiltlens.run.WholeFile;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * What a harvest has computed so far: a folder of safetensors files, each of a block of images.
 *
 * <p>They wait here until they are summed up ({@link FoldedBlocks}). A file appears under its name
 * only when it is complete, so a killed harvest loses one block.
 */
final class HarvestBlocks {
  static final String IMAGES = "images";
  static final String SCORES = "scores";
  static final String POSITIONS = "positions";
  static final String ACTIVE_IMAGES = "active_images";
  static final String ACTIVE_POSITIONS = "active_positions";
  private static final String MAP_HEIGHT = "map_height";
  private static final String MAP_WIDTH = "map_width";
  private static final String IDENTITY = "identity.txt";

  private final Path folder;

  private HarvestBlocks(Path folder) {
    this.folder = folder;
  }

  /**
   * Opens the folder, or creates it.
   *
   * @param identity all that decides the numbers
   * @throws IllegalArgumentException if the folder has blocks of another identity
   */
  static HarvestBlocks open(Path folder, String identity) throws IOException {
    Files.createDirectories(folder);
    Path file = folder.resolve(IDENTITY);
    if (!Files.exists(file)) {
      WholeFile.writeText(file, identity);
    } else if (!Files.readString(file).equals(identity)) {
      throw new SpecException(
          "'%s' holds an unfinished harvest of other images, models or settings: give another"
              + " {file}, or delete it",
          folder);
    }
    return new HarvestBlocks(folder);
  }

  private Path file(int block) {
    return folder.resolve("block-" + block + ".safetensors");
  }

  /** Indices in the corpus of a finished block's images; empty if it has yet to be computed. */
  Optional<List<Integer>> images(int block) {
    if (!Files.exists(file(block))) {
      return Optional.empty();
    }
    try (TensorStore store = open(block);
        Scope scope = Scope.open()) {
      return Optional.of(
          LongStream.of(Tensors.toLongs(store.load(IMAGES))).mapToObj(Math::toIntExact).toList());
    } catch (CheckpointException e) {
      // Damaged after it was written: as good as missing.
      return Optional.empty();
    }
  }

  private TensorStore open(int block) {
    return Checkpoints.open(file(block));
  }

  /** Writes a block: what its images' batches gave, of which there may be none. */
  void write(int block, List<Integer> images, List<FeatureScores.Batch> batches) {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      Map<String, String> metadata = new LinkedHashMap<>();
      long[] indices = images.stream().mapToLong(Integer::longValue).toArray();
      tensors.put(IMAGES, Tensors.longs(indices, indices.length));
      if (!batches.isEmpty()) {
        FeatureScores.Batch all = FeatureScores.Batch.join(batches);
        tensors.put(SCORES, all.scores());
        tensors.put(POSITIONS, all.positions());
        tensors.put(ACTIVE_IMAGES, all.activeImages());
        tensors.put(ACTIVE_POSITIONS, all.activePositions());
        metadata.put(MAP_HEIGHT, Integer.toString(all.mapHeight()));
        metadata.put(MAP_WIDTH, Integer.toString(all.mapWidth()));
      }
      SafetensorsWriter.write(file(block), tensors, metadata);
    }
  }

  /**
   * A block with at least one image.
   *
   * @param mapHeight height of the features' maps
   * @param mapWidth width of the features' maps
   */
  record Block(PartialSummary.Pass pass, int mapHeight, int mapWidth) {
    /** What an image's batches gave, at least one. */
    static Block of(List<Integer> images, List<FeatureScores.Batch> batches) {
      try (Scope scope = Scope.open()) {
        FeatureScores.Batch all = FeatureScores.Batch.join(batches);
        return new Block(
            new PartialSummary.Pass(
                images.stream().mapToInt(Integer::intValue).toArray(),
                Tensors.toFloats(all.scores()),
                Tensors.toFloats(all.positions()),
                Tensors.toDoubles(all.activeImages()),
                Tensors.toDoubles(all.activePositions())),
            all.mapHeight(),
            all.mapWidth());
      }
    }

    /**
     * Adds the block's images.
     *
     * @param sum null for none yet
     * @param limit images of all blocks
     */
    PartialSummary addTo(PartialSummary sum, int topImages, int limit) {
      PartialSummary all = sum;
      if (all == null) {
        int features = pass.activeImages().length;
        all =
            new PartialSummary(
                PartialSummary.Shape.of(features, mapHeight, mapWidth, topImages, limit));
      }
      all.add(pass);
      return all;
    }
  }

  /** A finished block; empty if none of its images could be read. */
  Optional<Block> read(int block) {
    try (TensorStore store = open(block);
        Scope scope = Scope.open()) {
      int[] images =
          LongStream.of(Tensors.toLongs(store.load(IMAGES))).mapToInt(Math::toIntExact).toArray();
      if (images.length == 0) {
        return Optional.empty();
      }
      return Optional.of(
          new Block(
              new PartialSummary.Pass(
                  images,
                  Tensors.toFloats(store.load(SCORES)),
                  Tensors.toFloats(store.load(POSITIONS)),
                  Tensors.toDoubles(store.load(ACTIVE_IMAGES)),
                  Tensors.toDoubles(store.load(ACTIVE_POSITIONS))),
              Integer.parseInt(store.metadata().get(MAP_HEIGHT)),
              Integer.parseInt(store.metadata().get(MAP_WIDTH))));
    }
  }

  /** Where the sum of the first blocks is kept. */
  Path sum(int blocks) {
    return folder.resolve("sum-" + blocks + ".part");
  }

  void delete(int block) throws IOException {
    Files.deleteIfExists(file(block));
  }

  /** Removes the folder. */
  void delete() throws IOException {
    WholeFile.deleteTree(folder);
  }
}
