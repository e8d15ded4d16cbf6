package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.fixture.NoiseBundle;
import org.tiltlens.models.BundleManifest;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.run.Json;
import org.tiltlens.training.VisionReport;

/** What the studio writes without serving anything. */
class StudioCommandTest {
  @TempDir private static Path folder;

  @BeforeAll
  static void write() throws Exception {
    TinyBundle.write(folder.resolve("bundle"));
  }

  private static Outcome run(String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "studio",
                "--bundle",
                folder.resolve("bundle").toString(),
                "--folder",
                folder.resolve("studio").toString()));
    words.addAll(List.of(more));
    return Outcome.of(words);
  }

  @Test
  void exportsTheFeaturesOfAList() {
    Path out = folder.resolve("export");
    assertThat(run("--export", out.toString(), "--features", "1,3-4").assertDone().out())
        .contains(out.resolve("index.html") + ": 3 features");
    assertThat(out.resolve("feature-4/index.html")).exists();
    assertThat(out.resolve("feature-2")).doesNotExist();
    assertThat(out.resolve("saedashboard/batch-0.json")).exists();
  }

  @Test
  void saysWhatIsNoListAndWhereItHasNoMeaning() {
    run("--export", folder.resolve("no").toString(), "--features", "4-1")
        .assertRefused("'4-1', expected indices and ranges below");
    run("--features", "4").assertRefused("--features has a meaning only with --export");
    run("--export", folder.resolve("bundle").toString(), "--features", "4")
        .assertRefused("give another --export, or remove it");
  }

  private static List<String> singleModels(String studio) {
    List<String> words = new ArrayList<>(List.of("studio"));
    words.addAll(GoldenModels.in(folder.resolve("bundle")));
    words.addAll(List.of("--folder", folder.resolve(studio).toString()));
    return words;
  }

  private static Outcome single(String studio, String... more) {
    return Outcome.of(Stream.concat(singleModels(studio).stream(), Stream.of(more)).toList());
  }

  private static String[] framed(String... more) {
    Path images = folder.resolve("bundle/images-idx3-ubyte");
    return Stream.concat(
            Stream.of(
                "--images",
                images.toString(),
                "--image-size",
                "32",
                "--fit",
                "pad",
                "--steps",
                "3"),
            Stream.of(more))
        .toArray(String[]::new);
  }

  /** They are harvested into the studio's folder, and shown as the bundle of them is. */
  @Test
  void singleModelsAreShownAsTheirBundleIs() throws IOException {
    Path whole = folder.resolve("whole");
    run("--export", whole.toString(), "--features", "3").assertDone();
    Path out = folder.resolve("single");
    single("own", framed("--export", out.toString(), "--features", "3")).assertDone();
    assertThat(out.resolve("feature-3/feature.json"))
        .hasSameTextualContentAs(whole.resolve("feature-3/feature.json"));
    assertThat(folder.resolve("own/models/features.parquet")).exists();
    String bundle = folder.resolve("bundle").toString();
    String own = folder.resolve("own").toString();
    Outcome.of(List.of("studio", "--bundle", bundle, "--folder", own, "--export", out + "3"))
        .assertRefused("own' is the folder of a studio of single models: give these again");
    Files.createDirectories(folder.resolve("others/jobs/visualize-some"));
    single("others", framed("--export", out.toString()))
        .assertRefused("others' has jobs of a studio of other models: give another --folder");

    single("own", framed("--prior-option", "sigma_small=true", "--export", out.toString()))
        .assertRefused("own/models' is of other models, or reads them otherwise (asked for:");
    Path table = folder.resolve("own/models/features.parquet");
    single("again", framed("--harvest", table.toString(), "--export", out + "2", "--features", "3"))
        .assertDone();
    assertThat(folder.resolve("again/models/features.parquet")).doesNotExist();
  }

  @Test
  void theirPoolAndJudgeAreDescribedWithThem() throws IOException {
    Path judge = folder.resolve("judge");
    NoiseBundle.copy(folder.resolve("bundle/dinov3_convnext_hf"), judge);
    new VisionReport("vision", 1, 1, null, null, 0, null, 8, 0.75, List.of())
        .write(judge.resolve("training.json"));
    single(
            "judged",
            framed(
                "--judge",
                judge.toString(),
                "--form",
                "ddim",
                "--eta",
                "0.5",
                "--export",
                out("judged"),
                "--features",
                "3"))
        .assertDone();
    Path written = folder.resolve("judged/models/bundle.json");
    assertThat(Json.read(written, "form", StepsSpec.Form.class)).isEqualTo(new StepsSpec.Ddim(0.5));
    assertThat(Json.read(written, "respacing", String.class)).isEqualTo("ddim3");
    BundleManifest.Judge described = Json.read(written, "judge", BundleManifest.Judge.class);
    assertThat(described)
        .isEqualTo(
            new BundleManifest.Judge(
                judge.toString(),
                judge.resolve("head.safetensors").toString(),
                "stages.3.1.hook_resid_post",
                0.75));
    single("pooled", framed("--pool", judge.toString())).assertRefused("is no pool: give --pool");
    single("pooled", framed("--judge", folder.resolve("bundle/cnnsae").toString()))
        .assertRefused("is no trained classifier: give --judge");
  }

  private static String out(String name) {
    return folder.resolve(name + "-export").toString();
  }

  @Test
  void whatSingleModelsLackIsSaid() {
    single("none").assertRefused("no corpus: give --images");
    String images = folder.resolve("bundle/images-idx3-ubyte").toString();
    single("none", "--images", images)
        .assertRefused("32 x 32 pixels, the corpus' have 256: give --image-size 32");
    assertThat(folder.resolve("none/models")).doesNotExist();
    run("--images", images).assertRefused("a bundle has its own --images, --image-size");
    Outcome.of(List.of("studio", "--vision", folder.resolve("bundle/cnnsae").toString()))
        .assertRefused("no diffusion prior: give --prior");
  }
}
