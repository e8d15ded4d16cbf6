package org.tiltlens.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.study.CancelAfter;
import org.tiltlens.study.StudyRuns;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.torch.CancelledException;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Scope;

class PoolTest {
  private static final Execution ONE = new Execution("cpu", 1, 1, 1);

  @TempDir private Path folder;

  static PoolSpec spec(int count) {
    return new PoolSpec(
        StudyRuns.MODELS.resolve("adm_unet.safetensors").toString(),
        Map.of(),
        new StepsSpec(new StepsSpec.Ddpm(), "linear", 1000, "6"),
        count,
        7);
  }

  private static PoolResult run(PoolSpec spec, Path to, Progress progress) throws IOException {
    try (ModelShelf shelf = new ModelShelf()) {
      // Nothing is saved but because of a cancel.
      return PoolRun.run(spec, ONE, to, progress, Duration.ofDays(1), shelf);
    }
  }

  @Test
  void pathsEndWhereTheUnguidedSamplerDoes() throws IOException {
    PoolResult made = run(spec(3), folder, Progress.SILENT);
    try (ModelShelf shelf = new ModelShelf();
        Scope scope = Scope.open();
        Pool pool = Pool.open(folder)) {
      GuidedSampler sampler =
          GuidedSampler.unguided(
              shelf.prior(made.spec().prior(), Map.of(), made.spec().steps().noise(), Device.CPU),
              made.spec().steps().form().step());
      assertThat(pool.size()).isEqualTo(3);
      for (int path = 0; path < 3; path++) {
        Tensor alone = Images.toTensor(Images.toImage(sampler.synthesize(7, path).select(0, 0)));
        Tensor kept = pool.images().read(path).orElseThrow().view_as(alone);
        // Drawn a few together, an image may round to the neighbouring level.
        assertThat(kept.sub(alone).abs().max().item_double()).isLessThan(1.01 * 2 / 255);
      }
    }
  }

  @Test
  void aLongerPoolBeginsWithTheShorter() throws IOException {
    run(spec(2), folder.resolve("a"), Progress.SILENT);
    CancelAfter steps = CancelAfter.never();
    PoolResult grown = run(spec(5), folder.resolve("a"), steps);
    PoolResult atOnce = run(spec(5), folder.resolve("b"), Progress.SILENT);
    assertThat(grown.imagesSha256()).isEqualTo(atOnce.imagesSha256());
    assertThat(steps.done()).as("steps of two groups").isEqualTo(2 * 4 * 6);
    // Who asks for fewer is given what is there.
    assertThat(run(spec(4), folder.resolve("a"), Progress.SILENT).spec().count()).isEqualTo(5);
    try (Stream<Path> files = Files.list(folder.resolve("a"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("run.json", "images-5.zip");
    }
  }

  @Test
  void aKilledPoolGoesOnToTheSameBits() throws IOException {
    PoolResult whole = run(spec(3), folder.resolve("whole"), Progress.SILENT);
    Path out = folder.resolve("out");
    assertThatThrownBy(() -> run(spec(3), out, new CancelAfter(8)))
        .isInstanceOf(CancelledException.class);
    assertThat(out.resolve("run.json")).doesNotExist();
    CancelAfter rest = CancelAfter.never();
    assertThat(run(spec(3), out, rest).imagesSha256()).isEqualTo(whole.imagesSha256());
    assertThat(rest.done()).isEqualTo(4 * 6 - 8);
  }

  @Test
  void whatIsNoSuchPoolIsRefused() throws IOException {
    PoolResult made = run(spec(1), folder, Progress.SILENT);
    assertThatThrownBy(() -> run(spec(1).withSeed(8), folder, Progress.SILENT))
        .hasMessageContaining("another");
    try (Pool pool = Pool.open(folder)) {
      pool.requireOf(made.modelSha256().values(), made.spec().steps());
      assertThatThrownBy(() -> pool.requireOf(List.of("0"), made.spec().steps()))
          .hasMessageContaining("another prior");
      assertThatThrownBy(
              () ->
                  pool.requireOf(
                      made.modelSha256().values(), made.spec().steps().withRespacing("5")))
          .hasMessageContaining("steps");
      pool.requireDrawnBy(Map.of("image_size", "16"));
      assertThatThrownBy(() -> pool.requireDrawnBy(Map.of("label", "3")))
          .hasMessageContaining("drawn with no label, not label=3");
    }
    Path json = folder.resolve("run.json");
    String own = Files.readString(json);
    Files.writeString(json, own.replace(made.images(), "../images-1.zip"));
    assertThatThrownBy(() -> Pool.open(folder)).hasMessageContaining("is no pool");
    Files.writeString(json, own.substring(0, own.length() / 2));
    assertThatThrownBy(() -> Pool.open(folder))
        .hasMessageContaining("is damaged, or of another command: give another pool, or delete it");
    Files.writeString(json, own);
    Files.write(folder.resolve(made.images()), new byte[] {1});
    assertThatThrownBy(() -> Pool.open(folder)).hasMessageContaining("damaged");
    assertThatThrownBy(() -> Pool.open(folder.resolve("nothing"))).hasMessageContaining("no pool");
  }

  /** A grown pool's hash would otherwise vouch for what was damaged before. */
  @Test
  void aDamagedPoolDoesNotGrow() throws IOException {
    PoolResult made = run(spec(2), folder, Progress.SILENT);
    Path images = folder.resolve(made.images());
    byte[] damaged = Files.readAllBytes(images);
    damaged[damaged.length / 2] ^= 1;
    Files.write(images, damaged);
    assertThatThrownBy(() -> run(spec(3), folder, Progress.SILENT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("damaged");
    assertThat(folder).isDirectoryNotContaining(file -> file.endsWith("images-3.zip"));
    assertThat(images).hasBinaryContent(damaged);
  }
}
