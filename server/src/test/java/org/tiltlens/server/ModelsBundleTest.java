package org.tiltlens.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.corpus.Framing;
import org.tiltlens.fixture.NoiseBundle;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.BundleManifest;
import org.tiltlens.models.Preset;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.run.Progress;
import org.tiltlens.run.SpecException;
import org.tiltlens.study.StudySpec;
import org.tiltlens.tilting.Target;
import org.tiltlens.torch.CancelledException;

/** Models that stay where they are are served as a bundle of them is. */
class ModelsBundleTest {
  private static final String JOBS = "/api/v1/jobs";

  @TempDir private Path folder;
  private static Path models;

  @BeforeAll
  static void write() throws IOException {
    models = Path.of(StudioFixture.bundle().root());
  }

  private static String at(String file) {
    return file == null ? null : models.resolve(file).toString();
  }

  private static BundleManifest manifest(int size, String features, String pool) {
    return manifest(size, features, pool, new StepsSpec.Ddpm(), "3");
  }

  private static BundleManifest manifest(
      int size, String features, String pool, StepsSpec.Form form, String respacing) {
    return new BundleManifest(
        "cnnsae of dinov3",
        size,
        Framing.Fit.PAD,
        at("dinov3_convnext_hf"),
        Map.of(),
        null,
        at("cnnsae"),
        at("adm_unet.pt"),
        Map.of("image_size", "32", "num_head_channels", "16"),
        "linear",
        1000,
        respacing,
        form,
        Preset.standard,
        at("images-idx3-ubyte"),
        features,
        at(pool),
        null,
        "noise",
        null,
        Map.of());
  }

  private Bundle open(BundleManifest manifest) throws IOException {
    return open(manifest, Progress.SILENT);
  }

  private Bundle open(BundleManifest manifest, Progress progress) throws IOException {
    return ModelsBundle.open(manifest, folder.resolve("studio"), StudioFixture.EXECUTION, progress);
  }

  /** The features, and samples from the same pool to the same bits. */
  @Test
  void singleModelsShowAndDrawWhatTheirBundleDoes() throws Exception {
    JsonNode rows;
    try (StudioFixture whole =
        StudioFixture.start(StudioFixture.bundle(), folder.resolve("whole"))) {
      rows = whole.json("/api/v1/features?limit=96");
    }
    Path drawn = folder.resolve("drawn");
    Jobs.VISUALIZE.run(
        StudySpec.exact(StudioFixture.bundle(), "feature:3@pre", Target.percentile(70))
            .withCount(2),
        StudioFixture.EXECUTION,
        drawn,
        Progress.SILENT);
    Bundle bundle = open(manifest(32, ModelsBundle.TABLE, "pool"));
    try (StudioFixture studio = StudioFixture.start(bundle, folder.resolve("studio"));
        EventReader events = studio.events()) {
      assertThat(studio.json("/api/v1/features?limit=96")).isEqualTo(rows);
      assertThat(studio.json("/api/v1/bundle").get("name").asText()).isEqualTo("cnnsae of dinov3");
      String job = studio.draw(3, 70, 2);
      events.awaitState(job, "done");
      JsonNode images = studio.json(JOBS + "/" + job + "/result").at("/results/0/images");
      assertThat(images).hasSize(2);
      for (JsonNode image : images) {
        String file = image.get("file").asText();
        assertThat(studio.bytes(JOBS + "/" + job + "/files/" + file).body())
            .isEqualTo(Files.readAllBytes(drawn.resolve(file)));
      }
    }
  }

  /** Neither a judge nor a pool: what they would tell is left out. Steps are of another form. */
  @Test
  void whatIsNotThereIsLeftOut() throws Exception {
    StepsSpec.Form ddim = new StepsSpec.Ddim(0.5);
    Bundle bundle = open(manifest(32, ModelsBundle.TABLE, null, ddim, "ddim3"));
    try (StudioFixture studio = StudioFixture.start(bundle, folder.resolve("studio"));
        EventReader events = studio.events()) {
      String compared =
          StudioFixture.json(
                  studio.post(
                      JOBS,
                      "{\"command\": \"compare\", \"feature\": 3, \"percentile\": 70, \"count\": 2,"
                          + " \"methods\": [\"top_k\"]}"))
              .get("job")
              .asText();
      JsonNode done = events.awaitState(compared, "done");
      assertThat(studio.get(done.get("page").asText()).body())
          .contains("Methods side by side")
          .doesNotContain("a network says that guided nothing");
      assertThat(StudySpec.exact(bundle, "feature:3@pre", Target.percentile(70)).guidance().pool())
          .isInstanceOf(PoolChoice.Drawn.class);
      assertThat(studio.get("/features/3").body())
          .doesNotContain("Which classes", "More than in the prior")
          .contains("This studio has no pool", "<code>--pool</code>");
      assertThat(studio.get("/help").body())
          .contains("tiltlens pool --prior " + at("adm_unet.pt") + " --prior-option image_size=32")
          .contains("--noise-schedule linear --base-steps 1000")
          .contains("--base-steps 1000 --form ddim --eta 0.5 --respacing ddim3 --out my-pool");
      JsonNode spec = studio.json(JOBS + "/" + compared + "/result").get("spec");
      assertThat(spec.at("/form/kind").asText()).isEqualTo("ddim");
      assertThat(spec.get("respacing").asText()).isEqualTo("ddim3");
      assertThat(studio.get("/features/3/levels").statusCode()).isEqualTo(200);
      assertThat(studio.get("/map").statusCode()).isEqualTo(200);
    }
  }

  /** One that is only touched is the same; pictures of two are not mixed. */
  @Test
  void modelChangedInPlaceIsRefused() throws IOException {
    Path copy = folder.resolve("copy");
    NoiseBundle.copy(models, copy);
    Path prior = copy.resolve("adm_unet.pt");
    Path served = folder.resolve("served");
    StudioFixture.start(Bundle.at(copy), served).close();
    Files.setLastModifiedTime(prior, FileTime.fromMillis(0));
    StudioFixture.start(Bundle.at(copy), served).close();
    Files.write(prior, new byte[1], StandardOpenOption.APPEND);
    assertThatThrownBy(() -> StudioFixture.start(Bundle.at(copy), served))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("adm_unet.pt' is not what it was when this studio's folder")
        .hasMessageContaining("put that back, or give another folder");
    StudioFixture.start(Bundle.at(copy), folder.resolve("another")).close();
  }

  /** From its first bits on; the folder of a stopped one is of no models yet. */
  @Test
  void stoppedHarvestsGoOn() throws Exception {
    BundleManifest manifest = manifest(32, ModelsBundle.TABLE, null);
    Progress stopped =
        new Progress() {
          @Override
          public Task begin(String what, long steps) {
            return Progress.SILENT.begin(what, steps);
          }

          @Override
          public boolean cancelled() {
            return true;
          }
        };
    assertThatThrownBy(() -> open(manifest, stopped)).isInstanceOf(CancelledException.class);
    assertThat(folder.resolve("studio/models/bundle.json")).doesNotExist();
    Bundle bundle = open(manifest);
    byte[] table = Files.readAllBytes(bundle.path(ModelsBundle.TABLE));
    Bundle again = open(manifest);
    assertThat(again).isEqualTo(bundle);
    assertThat(Bundle.rooted(bundle.root(), Map.of())).isEqualTo(bundle);
    assertThat(Files.readAllBytes(bundle.path(ModelsBundle.TABLE))).isEqualTo(table);
  }

  /** It may get a pool that was drawn meanwhile, and keeps it. */
  @Test
  void otherModelsInTheSameFolderAreRefused() throws IOException {
    open(manifest(32, ModelsBundle.TABLE, null));
    Bundle pooled = open(manifest(32, ModelsBundle.TABLE, "pool"));
    assertThat(Bundle.rooted(pooled.root(), Map.of()).pool()).contains(at("pool"));
    assertThat(PoolAdvice.of(pooled)).isEmpty();
    assertThatThrownBy(() -> open(manifest(32, ModelsBundle.TABLE, "other")))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("studio/models' is of other models")
        .hasMessageContaining(
            "(asked for: pool \"" + at("other") + "\", and it has \"" + at("pool") + "\")")
        .hasMessageContaining("or another folder");
    assertThatThrownBy(() -> Bundle.at(folder.resolve("studio/models")))
        .hasMessageContaining("is no path inside the bundle");
  }

  @Test
  void whatDoesNotBelongTogetherIsRefusedBeforeItIsHarvested() throws IOException {
    assertThatThrownBy(() -> open(manifest(64, ModelsBundle.TABLE, null)))
        .hasMessage(
            "the prior draws pictures of 32 x 32 pixels, the corpus' have 64: give imageSize 32");
    assertThat(folder.resolve("studio/models/features.parquet")).doesNotExist();
    Bundle bundle = open(manifest(32, at("features.parquet"), null));
    assertThat(bundle.models().harvest()).isEqualTo(at("features.parquet"));
    assertThat(folder.resolve("studio/models/features.parquet")).doesNotExist();
  }
}
