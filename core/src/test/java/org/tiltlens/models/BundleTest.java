package org.tiltlens.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.compare.CompareSpec;
import org.tiltlens.corpus.Framing;
import org.tiltlens.demo.DemoSpec;
import org.tiltlens.frontier.FrontierSpec;
import org.tiltlens.pool.PoolSpec;
import org.tiltlens.study.StudySpec;
import org.tiltlens.tilting.Target;

class BundleTest {
  private static final byte[] WEIGHTS = "weights".getBytes(StandardCharsets.UTF_8);

  @TempDir private Path folder;

  private static String manifest(String vision, byte[] weights) {
    return """
    {"name": "tiny", "image_size": 32, "fit": "PAD", "vision": "%s", "dictionary": "dictionary",
     "prior": "prior.safetensors", "noise_schedule": "linear", "base_steps": 1000,
     "respacing": "50", "preset": "standard", "corpus": "corpus", "features": "features.parquet",
     "data_licence": "none", "files": {"dictionary/weights": "%s"}}
    """
        .formatted(vision, sha256(weights));
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static EmbeddedBundle.Source source(Map<String, byte[]> files) {
    return file -> files.containsKey(file) ? new ByteArrayInputStream(files.get(file)) : null;
  }

  private static Map<String, byte[]> files(String manifest) {
    return Map.of(
        "bundle.json", manifest.getBytes(StandardCharsets.UTF_8), "dictionary/weights", WEIGHTS);
  }

  private long entries() throws IOException {
    try (Stream<Path> list = Files.list(folder)) {
      return list.count();
    }
  }

  /** The classes of this room anew, with no bundle beside them. */
  private static final class WithoutBundle extends ClassLoader {
    WithoutBundle() {
      super(Bundle.class.getClassLoader());
    }

    @Override
    public URL getResource(String name) {
      return name.startsWith("org/tiltlens/bundle/") ? null : super.getResource(name);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith("org.tiltlens.study.")) {
        return super.loadClass(name, resolve);
      }
      Class<?> known = findLoadedClass(name);
      if (known != null) {
        return known;
      }
      try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  /** Each time it is asked for: a class that failed to initialise says nothing the second time. */
  @Test
  void aMissingBundleIsNamedWithTheWaysOut() throws ReflectiveOperationException {
    Method embedded = new WithoutBundle().loadClass(Bundle.class.getName()).getMethod("embedded");
    for (int time = 0; time < 2; time++) {
      assertThatThrownBy(() -> embedded.invoke(null))
          .isInstanceOf(InvocationTargetException.class)
          .cause()
          .isExactlyInstanceOf(IllegalStateException.class)
          .hasMessageContaining("org.tiltlens:tiltlens-bundle")
          .hasMessageContaining("Bundle.at");
    }
  }

  @Test
  void folderWithAManifestIsABundle() throws IOException {
    Files.writeString(folder.resolve("bundle.json"), manifest("v.safetensors", WEIGHTS));
    Bundle bundle = Bundle.at(folder);
    assertThat(bundle.models().vision()).isEqualTo(folder + "/v.safetensors");
    assertThat(bundle.models().harvest()).isEqualTo(folder + "/features.parquet");
    assertThat(bundle.manifest().framing()).isEqualTo(Framing.pad(32));
    assertThat(bundle.path("corpus")).isEqualTo(folder.resolve("corpus"));
  }

  @Test
  void itsFormOfStepsIsThatOfAllThatIsUsual() throws IOException {
    String plain = manifest("v.safetensors", WEIGHTS);
    Path file = Files.writeString(folder.resolve("bundle.json"), plain);
    assertThat(Bundle.at(folder).manifest().form()).isEqualTo(new StepsSpec.Ddpm());
    Files.writeString(
        file, plain.replace("\"50\"", "\"ddim20\", \"form\": {\"kind\": \"dpmsolver\"}"));
    Bundle bundle = Bundle.at(folder);
    StepsSpec.Form form = new StepsSpec.DpmSolver();
    StepsSpec steps = new StepsSpec(form, "linear", 1000, "ddim20");
    assertThat(PoolSpec.of(bundle, 2).steps()).isEqualTo(steps);
    assertThat(StudySpec.of(bundle, "feature:1", 2).steps()).isEqualTo(steps);
    assertThat(DemoSpec.of(bundle).form()).isEqualTo(form);
    CompareSpec compared = CompareSpec.of(bundle, List.of(1), Target.percentile(99));
    assertThat(compared.form()).isEqualTo(form);
    assertThat(compared.methods())
        .extracting(org.tiltlens.compare.Method::key)
        .contains("exact", "tilt", "constant")
        .doesNotContain("twisted", "constant_equal_steps");
    FrontierSpec frontier = FrontierSpec.of(bundle, 1);
    assertThat(frontier.form()).isEqualTo(form);
    assertThat(frontier.particles()).isZero();
    assertThat(frontier.scales()).isEmpty();
    Files.writeString(file, plain.replace("\"50\"", "\"50\", \"form\": {\"kind\": \"euler\"}"));
    assertThatThrownBy(() -> Bundle.at(folder))
        .hasMessageContaining(
            "form is {\"kind\":\"euler\"}, expected {\"kind\": ...} of ddpm, ddim");
    Files.writeString(file, plain.replace("\"50\"", "\"50\", \"pool\": \"nowhere\""));
    assertThatThrownBy(() -> Bundle.at(folder).pool()).hasMessageContaining("no such folder");
  }

  @Test
  void aListOfBetasIsShownByItsEnds() {
    String betas = "betas:" + "0.0125,".repeat(999) + "0.02";
    assertThat(StepsSpec.words(betas)).isEqualTo("betas:0.0125,...,0.02");
    assertThat(StepsSpec.words("scaled_linear:8.5E-4:0.012"))
        .isEqualTo("scaled_linear:8.5E-4:0.012");
  }

  @Test
  void manifestsThatLeaveTheirFolderOrLackAKeyAreRefused() throws IOException {
    assertThatThrownBy(() -> Bundle.at(folder)).isInstanceOf(NoSuchFileException.class);
    Path file = folder.resolve("bundle.json");
    for (String vision : new String[] {"../secret", "/etc/passwd", "a/../../b", ""}) {
      Files.writeString(file, manifest(vision, WEIGHTS));
      assertThatThrownBy(() -> Bundle.at(folder))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is no path inside the bundle");
    }
    Files.writeString(file, "{\"name\": \"half\"}");
    assertThatThrownBy(() -> Bundle.at(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a bundle.json needs 'data_licence'");
    assertThatThrownBy(() -> Named.resolve("embedded:../../etc/passwd"))
        .hasMessageContaining("is no path inside the bundle");
  }

  /** Whoever names a bundle in a spec may name any file; who hands one on may not. */
  @Test
  void filesElsewhereAreNamedByAbsolutePathsInSpecsAlone() throws IOException {
    String manifest =
        manifest("/elsewhere/v.pt", WEIGHTS)
            .replace("\"data_licence\"", "\"vision_options\": {\"size\": \"8\"}, \"data_licence\"");
    Files.writeString(folder.resolve("bundle.json"), manifest);
    ModelFiles models = Bundle.rooted(folder.toString(), Map.of()).models();
    assertThat(models.vision()).isEqualTo("/elsewhere/v.pt");
    assertThat(models.visionOptions()).isEqualTo(Map.of("size", "8"));
    assertThat(models.harvest()).isEqualTo(folder + "/features.parquet");
    assertThatThrownBy(() -> Bundle.at(folder))
        .hasMessageContaining("is no path inside the bundle");
    Files.writeString(folder.resolve("bundle.json"), manifest.replace("/elsewhere", "../else"));
    assertThatThrownBy(() -> Bundle.rooted(folder.toString(), Map.of()))
        .hasMessageContaining("is no path inside the bundle");
  }

  private Bundle judgedBy(String judge) throws IOException {
    String manifest = manifest("v.safetensors", WEIGHTS);
    Files.writeString(
        folder.resolve("bundle.json"),
        manifest.replace("\"data_licence\"", "\"judge\": " + judge + ", \"data_licence\""));
    return Bundle.at(folder);
  }

  @Test
  void aBundleMayBringAJudge() throws IOException {
    Files.writeString(folder.resolve("bundle.json"), manifest("v.safetensors", WEIGHTS));
    assertThat(Bundle.at(folder).manifest().judge()).isNull();
    String judge =
        """
        {"vision": "j/%s", "head": "j/h.safetensors", "hook": "stages.1.0.hook_resid_post",
         "test_accuracy": %s}\
        """;
    assertThat(judgedBy(judge.formatted("w.safetensors", "0.9")).manifest().judge())
        .isEqualTo(
            new BundleManifest.Judge(
                "j/w.safetensors", "j/h.safetensors", "stages.1.0.hook_resid_post", 0.9));
    assertThatThrownBy(() -> judgedBy(judge.formatted("../../w", "0.9")))
        .hasMessageContaining("is no path inside the bundle");
    assertThatThrownBy(() -> judgedBy(judge.formatted("w.safetensors", "91.3")))
        .hasMessageContaining("judge.test_accuracy 91.3, must be a share above 0 and at most 1");
    assertThatThrownBy(() -> judgedBy("{\"vision\": \"w\", \"hook\": \"h\", \"test_accuracy\": 1}"))
        .hasMessageContaining("a bundle.json needs 'judge.head'");
    assertThatThrownBy(() -> judgedBy(judge.formatted("w", "1").replace("j/w", "./v.safetensors")))
        .hasMessageContaining("is the vision model itself");
  }

  @Test
  void bundleInAJarIsUnpackedOnceAndWhole() throws IOException {
    Map<String, byte[]> files = files(manifest("v.safetensors", WEIGHTS));
    Path unpacked = EmbeddedBundle.unpack(folder, source(files));
    assertThat(unpacked.resolve("dictionary/weights")).hasBinaryContent(WEIGHTS);
    Files.writeString(unpacked.resolve("dictionary/weights"), "kept");
    assertThat(EmbeddedBundle.unpack(folder, source(files))).isEqualTo(unpacked);
    assertThat(unpacked.resolve("dictionary/weights")).hasContent("kept");
    assertThat(entries()).isEqualTo(1);
  }

  @Test
  void damagedBundleInAJarIsNamedAndNothingIsLeft() throws IOException {
    Map<String, byte[]> files =
        files(manifest("v.safetensors", "other".getBytes(StandardCharsets.UTF_8)));
    assertThatThrownBy(() -> EmbeddedBundle.unpack(folder, source(files)))
        .hasMessageContaining("'dictionary/weights' is damaged");
    assertThatThrownBy(
            () ->
                EmbeddedBundle.unpack(
                    folder, source(Map.of("bundle.json", files.get("bundle.json")))))
        .hasMessageContaining("the bundle lacks 'dictionary/weights'");
    assertThat(entries()).isZero();
  }
}
