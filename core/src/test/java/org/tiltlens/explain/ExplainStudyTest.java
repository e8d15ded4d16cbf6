package org.tiltlens.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.corpus.Framing;
import org.tiltlens.fixture.PageNumbers;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.study.StudyRuns;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Pictures of noise, explained to the reference models. */
@Tag("rounding")
class ExplainStudyTest {
  private static final Execution ONE = new Execution("cpu", 1, 2, 1);
  private static final int CORPUS = 12;

  @TempDir private Path folder;

  @BeforeEach
  void writePictures() throws IOException {
    Files.createDirectories(folder.resolve("corpus"));
    try (Scope scope = Scope.open()) {
      for (int i = 0; i < CORPUS; i++) {
        Images.writePng(
            folder.resolve("corpus/%02d.png".formatted(i)),
            Images.toImage(Tensors.scale(Noise.normal(5, i, 0, 3, 32, 32), 0.4)));
      }
    }
  }

  private ExplainSpec spec(String unit, int patch, int reliance) {
    return spec(folder.resolve("corpus/03.png"), unit, null, patch, reliance);
  }

  private ExplainSpec spec(Path image, String unit, String gradientHook, int patch, int reliance) {
    return new ExplainSpec(
        image.toString(),
        StudyRuns.MODELS.resolve("dinov3_convnext.pth").toString(),
        Map.of(),
        null,
        StudyRuns.MODELS.resolve("cnnsae").toString(),
        unit,
        "mix:0.7",
        0.5,
        Framing.crop(32),
        gradientHook,
        patch,
        patch,
        null,
        reliance,
        reliance == 0 ? null : folder.resolve("corpus").toString(),
        Integer.MAX_VALUE,
        45);
  }

  private Path out() {
    return folder.resolve("out");
  }

  private ExplainResult.UnitResult explain(ExplainSpec spec) throws IOException {
    return ExplainStudy.run(spec, ONE, out(), Progress.SILENT).results().get(0);
  }

  @Test
  void everyMapIsAPictureAndItsValuesAreKept() throws IOException {
    ExplainResult.UnitResult unit = explain(spec("feature:3@pre", 8, 0));
    assertThat(unit.maps())
        .extracting(ExplainResult.MapResult::method)
        .containsExactly("activation", "gradient-activation", "grad-cam", "occlusion");
    try (TensorStore values = Checkpoints.open(out().resolve(unit.values()));
        Scope scope = Scope.open()) {
      for (ExplainResult.MapResult map : unit.maps()) {
        double[] heat = Tensors.toDoubles(values.load(map.method()));
        assertThat(heat).hasSize(map.rows() * map.columns());
        assertThat(Arrays.stream(heat).max().orElseThrow()).isEqualTo(map.highest());
        assertThat(Arrays.stream(heat).min().orElseThrow()).isEqualTo(map.lowest());
        // Nothing may be positive for Grad-CAM in noise.
        if (!map.method().equals("grad-cam")) {
          assertThat(map.highest()).as(map.method()).isGreaterThan(map.lowest());
        }
        assertThat(ImageIO.read(out().resolve(map.file()).toFile()).getWidth()).isEqualTo(256);
      }
    }
    assertThat(unit.percentile()).isNull();
    assertThat(unit.reliance()).isNull();
    assertThat(unit.feature()).isEqualTo(3);
  }

  /** The picture is one of the corpus' own, so that its place among them is known. */
  @Test
  void probeTakesTheImagesOfTheHighestScores() throws IOException {
    double[] scores = new double[CORPUS];
    for (int i = 0; i < CORPUS; i++) {
      Path image = folder.resolve("corpus/%02d.png".formatted(i));
      ExplainSpec each = spec(image, "channel:5", null, 16, 0);
      scores[i] =
          ExplainStudy.run(each, ONE, folder.resolve("out" + i), Progress.SILENT)
              .results()
              .get(0)
              .score();
    }
    List<Integer> ranked =
        IntStream.range(0, CORPUS)
            .boxed()
            .sorted((a, b) -> Double.compare(scores[b], scores[a]))
            .toList();
    ExplainResult.UnitResult unit = explain(spec("channel:5", 16, 4));
    assertThat(unit.reliance().topImages()).isEqualTo(ranked.subList(0, 4));
    assertThat(unit.reliance().images()).isEqualTo(4);
    assertThat(unit.reliance().floor())
        .isCloseTo(Arrays.stream(scores).average().orElseThrow(), within(1e-5));
    double mean = ranked.subList(0, 4).stream().mapToDouble(i -> scores[i]).average().orElseThrow();
    assertThat(unit.reliance().score().value()).isCloseTo(mean, within(1e-5));
    assertThat(unit.score()).isCloseTo(scores[3], within(1e-5));
    long below = Arrays.stream(scores).filter(score -> score < scores[3]).count();
    assertThat(unit.percentile()).isBetween(100.0 * below / CORPUS, 100.0 * (below + 1) / CORPUS);
    for (ExplainResult.AlteredResult altered : unit.reliance().altered()) {
      assertThat(altered.kept().value())
          .isCloseTo(
              (altered.score().value() - unit.reliance().floor())
                  / (unit.reliance().score().value() - unit.reliance().floor()),
              within(1e-9));
      assertThat(out().resolve(altered.file())).isRegularFile();
    }
  }

  @Test
  void pageIsOneFileAndItsNumbersAreThoseOfTheRun() throws IOException {
    explain(spec("channel:5", 16, 4));
    String page = Files.readString(out().resolve("index.html"));
    assertThat(PageNumbers.requireOf(out(), 20)).contains("Grad-CAM", "Occlusion", "03.png");
    assertThat(Collections.frequency(sources(page), sources(page).get(0))).isEqualTo(5);
    assertThat(sources(page)).hasSize(5 + 4 + 3);
  }

  private static List<String> sources(String page) {
    return Pattern.compile("<img[^>]* src=\"([^\"]*)\"")
        .matcher(page)
        .results()
        .map(match -> match.group(1))
        .toList();
  }

  @Test
  void aFinishedRunIsTheAnswerAndAnotherPictureIsNot() throws IOException {
    ExplainSpec spec = spec("channel:5", 16, 0);
    ExplainResult first = ExplainStudy.run(spec, ONE, out(), Progress.SILENT);
    assertThat(ExplainStudy.run(spec, ONE, out(), Progress.SILENT)).isEqualTo(first);
    Files.copy(
        folder.resolve("corpus/04.png"),
        folder.resolve("corpus/03.png"),
        StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> ExplainStudy.run(spec, ONE, out(), Progress.SILENT))
        .hasMessageContaining("holds a finished run with other settings, models or images");
  }

  @Test
  void gradientsCanBeTakenEarlier() throws IOException {
    Path image = folder.resolve("corpus/03.png");
    ExplainResult.UnitResult unit =
        explain(spec(image, "feature:3@pre", "stages.0.0.resid_pre", 16, 0));
    assertThat(unit.maps().get(1).rows()).isEqualTo(8); // 32 pixels in patches of 4
    assertThat(unit.maps().get(2).rows()).isEqualTo(8);
    assertThat(unit.maps().get(1).setting()).isEqualTo("at stages.0.0.hook_resid_pre");
  }

  @Test
  void whatDoesNotFitLeavesNoFolder() throws IOException {
    Path image = folder.resolve("corpus/03.png");
    Path junk = Files.writeString(folder.resolve("junk.png"), "no picture");
    byte[] whole = Files.readAllBytes(image);
    Path cut = Files.write(folder.resolve("cut.png"), Arrays.copyOf(whole, whole.length / 2));
    refused(() -> explain(spec(folder, "channel:5", null, 8, 0)), "is no file: give one picture");
    refused(() -> explain(spec(junk, "channel:5", null, 8, 0)), "is no JPEG, PNG, WebP, BMP");
    refused(() -> explain(spec(cut, "channel:5", null, 8, 0)), "cut.png' is no readable PNG");
    refused(() -> explain(spec("channel:999", 8, 0)), "channel 999 does not exist");
    refused(() -> explain(spec("neuron:1@0,9", 8, 0)), "column 9 does not exist");
    refused(() -> explain(spec("eye", 8, 0)), "unit 'eye' is not understood");
    refused(() -> spec("channel:5", 33, 0), "must be at most the picture's side, 32");
    refused(() -> spec("channel:5", 8, 1), "illegal reliance: 1 images");
    refused(
        () -> explain(spec(image, "channel:5", "stages.3.0.resid_post", 8, 0)),
        "is not loaded: this network was opened up to stages.2.1.hook_resid_pre");
    assertThatThrownBy(() -> explain(spec(folder.resolve("none"), "channel:5", null, 8, 0)))
        .isInstanceOf(NoSuchFileException.class);
    assertThat(out()).doesNotExist();
  }

  private static void refused(ThrowingCallable call, String message) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
