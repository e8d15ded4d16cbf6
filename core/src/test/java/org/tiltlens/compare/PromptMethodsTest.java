package org.tiltlens.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.bert.BertFiles;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.DType;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.fixture.NoiseBundle;
import org.tiltlens.fixture.StableDiffusionFiles;
import org.tiltlens.fixture.StableDiffusionSizes;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.run.SpecException;
import org.tiltlens.tilting.Target;
import org.tiltlens.torch.CancelledException;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Prompt proxies in a comparison, by a tiny random Stable Diffusion and a tiny random BERT. */
class PromptMethodsTest {
  private static final Method SOFT = Method.of("diffexplainer");
  private static final Method WORDS = Method.of("dexter");

  @TempDir private static Path kept;
  private static Path told;
  private static Path untold;

  @TempDir private Path folder;

  @BeforeAll
  static void bundles() throws IOException {
    untold = kept.resolve("untold");
    NoiseBundle.write(Files.createDirectories(untold), 3);
    told = kept.resolve("told");
    NoiseBundle.copy(untold, told);
    StableDiffusionFiles.pipeline(told.resolve("pipeline"), StableDiffusionSizes.TINY, DType.F16);
    Path manifest = told.resolve("bundle.json");
    Files.writeString(
        manifest,
        Files.readString(manifest)
            .replace("\"prior\": \"adm_unet.pt\"", "\"prior\": \"pipeline\"")
            .replaceAll("\"prior_options\": \\{[^}]*}", "\"prior_options\": {}")
            .replace("\"linear\"", "\"scaled_linear:8.5E-4:0.012\""));
  }

  private static CompareSpec spec(Path bundle, Map<String, String> more, Method... methods) {
    Map<String, String> settings = new HashMap<>();
    for (Method method : methods) {
      if (method instanceof PromptMethod<?>) {
        settings.put(method.key() + ".steps", "6");
      }
    }
    if (List.of(methods).contains(WORDS)) {
      settings.put("dexter.bert", BertFiles.folder().toString());
      settings.put("dexter.template", "a [MASK] on [MASK].");
    }
    settings.putAll(more);
    return new CompareSpec(
        bundle + "/",
        List.of(3),
        List.of(methods),
        2,
        Target.percentile(80),
        null,
        4,
        null,
        null,
        "3",
        settings,
        MeasureSpec.USUAL.withReference(20),
        45,
        1,
        Map.of());
  }

  private CompareResult run(CompareSpec spec, String to, Progress progress) throws IOException {
    return Compare.run(spec, new Execution("cpu", 1, 1, 1), folder.resolve(to), progress);
  }

  private double[] image(String to, CompareResult.Cell cell, int image) {
    try (TensorStore store =
            Checkpoints.open(folder.resolve(to).resolve(cell.images().get(image).tensor()));
        Scope scope = Scope.open()) {
      return Tensors.toDoubles(store.load(DrawnImages.IMAGE));
    }
  }

  @Test
  void bothStandInTheTableWithTheirPrompts() throws IOException {
    CompareSpec spec = spec(told, Map.of(), Method.of("top_k"), SOFT, WORDS);
    CompareResult result = run(spec, "out", Progress.SILENT);
    assertThat(result.results()).allMatch(cell -> cell.failure() == null);
    CompareResult.Cell soft = result.results().get(1);
    CompareResult.Cell words = result.results().get(2);
    assertThat(soft.setting()).startsWith("near a picture of a ").endsWith("; 4 steps");
    assertThat(words.setting()).matches("a \\S+ on \\S+\\.; 4 steps");
    for (CompareResult.Cell cell : List.of(soft, words)) {
      assertThat(cell.images()).hasSize(2);
      assertThat(cell.metrics().kl()).isNull();
      assertThat(cell.metrics().meanScore().value()).isFinite();
      assertThat(image("out", cell, 0)).isNotEqualTo(image("out", cell, 1));
    }
    assertThat(result.modelSha256().keySet())
        .anyMatch(file -> file.endsWith("bert/vocab.txt"))
        .anyMatch(file -> file.endsWith("bert/model.safetensors"));
    // What is there is not drawn again, whatever stands beside it.
    CompareResult again =
        run(spec(told, Map.of(), Method.of("top_k"), SOFT), "out", new Refusing("DiffExplainer"));
    assertThat(again.results().get(1).images()).isEqualTo(soft.images());
  }

  /** Fails where a piece of work of a name takes a step. */
  private record Refusing(String what) implements Progress {
    @Override
    public Task begin(String begun, long steps) {
      return new Task() {
        @Override
        public void advance(long more) {
          assertThat(begun).doesNotStartWith(what);
        }

        @Override
        public void skip(long more) {}
      };
    }
  }

  /** Cancels a run once a piece of work has taken so many steps. */
  private static final class Stopping implements Progress {
    private final String what;
    private final long most;
    private final AtomicLong done = new AtomicLong();

    Stopping(String what, long most) {
      this.what = what;
      this.most = most;
    }

    @Override
    public boolean cancelled() {
      return done.get() >= most;
    }

    @Override
    public Task begin(String begun, long steps) {
      return new Task() {
        @Override
        public void advance(long more) {
          if (begun.startsWith(what)) {
            done.addAndGet(more);
          }
        }

        @Override
        public void skip(long more) {}
      };
    }
  }

  /** In its search, and between two of its images. */
  @ParameterizedTest
  @ValueSource(strings = {"diffexplainer", "dexter"})
  void aKilledMethodGoesOnToTheSameBits(String name) throws IOException {
    Method method = Method.of(name);
    CompareSpec spec = spec(told, Map.of(), method);
    CompareResult.Cell undisturbed = run(spec, "alone", Progress.SILENT).results().get(0);
    for (long steps : new long[] {3, 10}) {
      String to = "stopped-" + steps;
      assertThatThrownBy(() -> run(spec, to, new Stopping(method.label(), steps)))
          .isInstanceOf(CancelledException.class);
      CompareResult.Cell resumed = run(spec, to, Progress.SILENT).results().get(0);
      assertThat(resumed.setting()).isEqualTo(undisturbed.setting());
      for (int i = 0; i < 2; i++) {
        assertThat(image(to, resumed, i)).isEqualTo(image("alone", undisturbed, i));
      }
    }
  }

  @Test
  void whatIsToldNoTextIsRefusedBeforeAnythingIsDrawn() {
    CompareSpec spec = spec(untold, Map.of(), SOFT);
    assertThatThrownBy(() -> run(spec, "out", new Refusing("DiffExplainer")))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("method 'diffexplainer' looks for a prompt")
        .hasMessageContaining("is told no text: leave it out of methods")
        .message()
        .doesNotContain("\n");
  }

  @Test
  void aLanguageModelIsAskedFor() {
    Map<String, String> settings = new HashMap<>(spec(told, Map.of(), WORDS).settings());
    settings.remove("dexter.bert");
    CompareSpec none = spec(told, Map.of(), WORDS).withSettings(settings);
    assertThatThrownBy(() -> run(none, "out", Progress.SILENT))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("dexter.bert=DIR");
    CompareSpec missing = spec(told, Map.of("dexter.bert", "no/such/folder"), WORDS);
    assertThatThrownBy(() -> run(missing, "out", Progress.SILENT))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("dexter.bert: 'no/such/folder' does not exist");
    assertThatThrownBy(
            () -> run(spec(told, Map.of("dexter.birt", "x"), WORDS), "out", Progress.SILENT))
        .hasMessageContaining("unknown setting 'dexter.birt': use one of bert, ");
    assertThatThrownBy(
            () ->
                run(
                    spec(told, Map.of("diffexplainer.sampling.respacing", "none"), SOFT),
                    "out",
                    Progress.SILENT))
        .hasMessageContaining("respacing 'none'");
  }
}
