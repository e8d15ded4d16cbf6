package org.tiltlens.harvest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class FoldedBlocksTest {
  private static final int BLOCKS = 40;
  private static final int EACH = 5;
  private static final int FEATURES = 3;

  @TempDir private Path folder;

  private HarvestBlocks blocks(String name) throws IOException {
    return HarvestBlocks.open(folder.resolve(name), "same");
  }

  private static FoldedBlocks folded(HarvestBlocks blocks) {
    return FoldedBlocks.open(blocks, 2, BLOCKS * EACH, BLOCKS);
  }

  /** Of block 7 no image could be read. */
  private static void write(HarvestBlocks blocks, int block) {
    Random random = new Random(block);
    float[] scores = new float[FEATURES * EACH];
    float[] positions = new float[scores.length];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = (float) random.nextGaussian();
      positions[i] = random.nextInt(4);
    }
    try (Scope scope = Scope.open()) {
      FeatureScores.Batch batch =
          new FeatureScores.Batch(
              Tensors.floats(scores, FEATURES, EACH),
              Tensors.floats(positions, FEATURES, EACH),
              Tensors.floats(new float[] {1, 2, 3}, FEATURES),
              Tensors.floats(new float[] {4, 5, 6}, FEATURES),
              2,
              2);
      List<Integer> images = IntStream.range(block * EACH, (block + 1) * EACH).boxed().toList();
      blocks.write(block, block == 7 ? List.of() : images, block == 7 ? List.of() : List.of(batch));
    }
  }

  private static void fold(HarvestBlocks blocks, FoldedBlocks folded, int end) throws IOException {
    for (int block = folded.first(); block < end; block++) {
      write(blocks, block);
      folded.add(block);
    }
  }

  private static byte[] bytes(FoldedBlocks folded) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PartialSummaryFile.write(out, folded.sum().orElseThrow());
    return out.toByteArray();
  }

  private byte[] whole() throws IOException {
    HarvestBlocks blocks = blocks("whole");
    FoldedBlocks folded = folded(blocks);
    fold(blocks, folded, BLOCKS);
    return bytes(folded);
  }

  @Test
  void goesOnFromTheSumAndKeepsFewFiles() throws IOException {
    HarvestBlocks blocks = blocks("stopped");
    fold(blocks, folded(blocks), 37);
    try (Stream<Path> files = Files.list(folder.resolve("stopped"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "identity.txt",
              "sum-32.part",
              "block-32.safetensors",
              "block-33.safetensors",
              "block-34.safetensors",
              "block-35.safetensors",
              "block-36.safetensors");
    }
    FoldedBlocks again = folded(blocks);
    assertThat(again.first()).isEqualTo(32);
    assertThat(again.images().cardinality()).isEqualTo(31 * EACH);
    fold(blocks, again, BLOCKS);
    assertThat(bytes(again)).isEqualTo(whole());
  }

  @Test
  void aDamagedSumIsAsGoodAsNone() throws IOException {
    HarvestBlocks blocks = blocks("damaged");
    fold(blocks, folded(blocks), 37);
    Path sum = blocks.sum(32);
    byte[] bytes = Files.readAllBytes(sum);
    bytes[bytes.length / 2] ^= 4;
    Files.write(sum, bytes);
    FoldedBlocks again = folded(blocks);
    assertThat(again.first()).isZero();
    fold(blocks, again, BLOCKS);
    assertThat(bytes(again)).isEqualTo(whole());
  }
}
