package org.tiltlens.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.DType;
import org.tiltlens.fixture.NoiseBundle;
import org.tiltlens.fixture.StableDiffusionFiles;
import org.tiltlens.fixture.StableDiffusionSizes;
import org.tiltlens.models.FileHashes;
import org.tiltlens.models.KnownPriorOptions;
import org.tiltlens.models.PriorFile;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;

/** A pool of a prior in one file, whose words are of a tokenizer elsewhere. */
class ToldPoolTest {
  private static final StableDiffusionSizes TINY = StableDiffusionSizes.TINY;

  @TempDir private Path folder;
  private Path prior;
  private Path tokenizer;

  @BeforeEach
  void write() throws IOException {
    prior = StableDiffusionFiles.file(folder.resolve("model.safetensors"), TINY, DType.F16);
    Path pipeline = StableDiffusionFiles.pipeline(folder.resolve("pipeline"), TINY, DType.F16);
    tokenizer = copied(pipeline.resolve("tokenizer"), "one");
  }

  private Path copied(Path from, String to) throws IOException {
    Path copy = folder.resolve(to);
    NoiseBundle.copy(from, copy);
    return copy;
  }

  private PoolSpec spec(Path words, int count) {
    Map<String, String> options =
        Map.of(
            "image_size",
            "" + TINY.side(),
            "scale_factor",
            "" + StableDiffusionFiles.FACTOR,
            "num_heads",
            "" + TINY.heads(),
            "prompt",
            "a red fox",
            KnownPriorOptions.TOKENIZER,
            words.toString());
    StepsSpec steps = new StepsSpec(new StepsSpec.Ddpm(), "linear", 1000, "2");
    return new PoolSpec(prior.toString(), options, steps, count, 7);
  }

  private PoolResult run(PoolSpec spec) throws IOException {
    return PoolRun.run(
        spec, new Execution("cpu", 1, 1, 1), folder.resolve("pool"), Progress.SILENT);
  }

  @Test
  void itIsOfTheWordsAndNotOfWhereTheyLie() throws IOException {
    PoolResult made = run(spec(tokenizer, 1));
    assertThat(made.modelSha256().keySet()).contains(tokenizer + "/merges.txt");
    PoolSpec moved = spec(copied(tokenizer, "moved"), 2);
    assertThat(run(moved).spec().count()).as("goes on with what is there").isEqualTo(2);
    Path other = copied(tokenizer, "other");
    Path merges = other.resolve("merges.txt");
    Files.writeString(merges, Files.readString(merges) + "\n");
    assertThatThrownBy(() -> run(spec(other, 2))).hasMessageContaining("other settings");
    try (Pool pool = Pool.open(folder.resolve("pool"))) {
      pool.requireOf(hashes(moved), moved.steps());
      assertThatThrownBy(() -> pool.requireOf(hashes(spec(other, 2)), moved.steps()))
          .hasMessageContaining("another prior");
    }
  }

  private static Collection<String> hashes(PoolSpec spec) throws IOException {
    List<String> names = PriorFile.names(spec.prior(), spec.priorOptions());
    return FileHashes.of(names, Progress.SILENT).values();
  }
}
