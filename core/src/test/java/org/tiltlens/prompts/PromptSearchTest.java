package org.tiltlens.prompts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.bert.BertFiles;
import org.tiltlens.bert.BertMasked;
import org.tiltlens.bert.WordPiece;
import org.tiltlens.feature.Score;
import org.tiltlens.fixture.LiveNative;
import org.tiltlens.golden.Goldens;
import org.tiltlens.sampling.Course;
import org.tiltlens.synthesis.AscentState;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Optimiser;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class PromptSearchTest {
  private static final List<Integer> EIGHT = List.of(0, 1, 2, 3, 4, 5, 6, 7);
  private static final TwoClasses TOY = new TwoClasses("lcm4", 0.35);

  /** Where a class is felt from farther: vectors of no word begin anywhere. */
  private static final TwoClasses WIDE = new TwoClasses("lcm4", 0.6);

  private static final WordPiece WORDS = WordPiece.open(BertFiles.folder());
  private static final BertMasked BERT = BertMasked.open(BertFiles.folder(), Device.CPU);
  private static final SamplerSettings FOUR = new SamplerSettings("lcm", "lcm4", 0, 1, 4, false);
  private static final Optimiser ADAM = Dexter.Settings.DEFAULTS.optimiser();
  private static final long SEED = 1;

  @TempDir private Path folder;

  @AfterAll
  static void close() {
    TOY.close();
    WIDE.close();
    BERT.close();
  }

  private static DiffExplainer vectors(Score score, int steps, SamplerSettings sampling) {
    return new DiffExplainer(
        WIDE.prompted(),
        score,
        new DiffExplainer.Settings(steps, 0.1, ADAM, 1, TwoClasses.PREFIX, 1, 1, sampling));
  }

  private static Dexter words(Score score, int steps, SamplerSettings sampling) {
    return new Dexter(
        TOY.prompted(),
        WORDS,
        BERT,
        score,
        new Dexter.Settings(
            steps, 0.1, ADAM, TwoClasses.PREFIX + " [MASK].", 1, 1, 1, 1, true, sampling));
  }

  private static AscentState finished(PromptSearch search) {
    AscentState now = search.start(SEED, 0);
    while (!search.isDone(now)) {
      now = search.advance(now);
    }
    return now;
  }

  /** The score of the first class, or of the second. */
  private static Score scoreOf(String word) {
    Score first = TOY.score();
    return word.equals(TwoClasses.FIRST) ? first : images -> first.of(images).neg();
  }

  /** Share of a class in what a prompt draws, and the mean score of eight images of it. */
  private static double[] drawn(PromptSearch search, FoundPrompt prompt, String word) {
    try (Scope scope = Scope.open()) {
      int own = word.equals(TwoClasses.FIRST) ? 0 : 1;
      TwoClasses toy = search instanceof Dexter ? TOY : WIDE;
      float share = Tensors.toFloats(toy.weights(prompt.context()))[own];
      Tensor images = search.sampler().images(prompt.context(), SEED, EIGHT);
      return new double[] {share, scoreOf(word).of(images).mean().item_double()};
    }
  }

  /** Its score is about 0 for a word of neither class, and 1 at the class' mean. */
  @ParameterizedTest
  @ValueSource(strings = {TwoClasses.FIRST, TwoClasses.SECOND})
  void vectorsOfTheClassAreFound(String word) {
    DiffExplainer search = vectors(scoreOf(word), 200, FOUR);
    try (AscentState before = search.start(SEED, 0);
        FoundPrompt first = search.found(before);
        AscentState done = finished(search);
        FoundPrompt found = search.found(done)) {
      double[] unlike = drawn(search, first, word);
      double[] like = drawn(search, found, word);
      assertThat(unlike[0]).isLessThan(0.7);
      assertThat(like[0]).isGreaterThan(0.9);
      assertThat(like[1]).isGreaterThan(0.8).isGreaterThan(unlike[1] + 0.3);
      assertThat(found.text()).isEqualTo("near " + TwoClasses.PREFIX + " " + word);
      assertThat(search.note(done)).startsWith("score ");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {TwoClasses.FIRST, TwoClasses.SECOND})
  void theWordOfTheClassIsFound(String word) {
    try (Dexter search = words(scoreOf(word), 400, FOUR);
        AscentState before = search.start(SEED, 0);
        FoundPrompt first = search.found(before);
        AscentState done = finished(search);
        FoundPrompt found = search.found(done)) {
      assertThat(first.text()).doesNotContain(word);
      assertThat(found.text()).isEqualTo(TwoClasses.PREFIX + " " + word + ".");
      double[] like = drawn(search, found, word);
      assertThat(like[0]).isGreaterThan(0.9);
      assertThat(like[1]).isGreaterThan(0.8);
      assertThat(search.note(done)).contains(", " + word);
    }
  }

  private static final BiFunction<Integer, SamplerSettings, List<PromptSearch>> BOTH =
      (steps, sampling) ->
          List.of(vectors(TOY.score(), steps, sampling), words(TOY.score(), steps, sampling));

  private static void assertSame(AscentState one, AscentState other) {
    assertThat(one.step()).isEqualTo(other.step());
    assertThat(one.tensors().keySet()).isEqualTo(other.tensors().keySet());
    one.tensors()
        .forEach(
            (name, tensor) ->
                assertThat(Tensors.toDoubles(tensor))
                    .as(name)
                    .isEqualTo(Tensors.toDoubles(other.tensors().get(name))));
  }

  /** With noise of the steps that is drawn anew, too. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aSearchGoesOnFromItsFileToTheSameBits(boolean fresh) throws IOException {
    SamplerSettings sampling = new SamplerSettings("lcm", "lcm4", 0, 1, 2, fresh);
    for (PromptSearch search : BOTH.apply(6, sampling)) {
      Course.Ascending course = new Course.Ascending(search, SEED, List.of(0));
      Path file = folder.resolve(search.getClass().getSimpleName() + ".safetensors");
      AscentState half = course.start();
      for (int i = 0; i < 3; i++) {
        half = course.advance(half);
      }
      course.write(file, half);
      half.close();
      AscentState now = course.read(file);
      while (!course.isDone(now)) {
        now = course.advance(now);
      }
      try (AscentState resumed = now;
          AscentState undisturbed = finished(search)) {
        assertSame(resumed, undisturbed);
      }
    }
  }

  /** Noise between the steps is another in each step of a search, if it is asked for. */
  @Test
  void freshNoiseChangesTheSearchAfterItsFirstStep() {
    for (int steps : new int[] {1, 2}) {
      try (AscentState kept = finished(vectors(TOY.score(), steps, FOUR));
          AscentState fresh =
              finished(
                  vectors(TOY.score(), steps, new SamplerSettings("lcm", "lcm4", 0, 1, 4, true)))) {
        boolean same =
            Stream.of(kept, fresh)
                    .map(state -> Tensors.toDoubles(state.tensor("score"))[0])
                    .distinct()
                    .count()
                == 1;
        assertThat(same).isEqualTo(steps == 1);
      }
    }
  }

  /** An image of a prompt is the same whichever others are drawn. */
  @Test
  void imagesAreFunctionsOfTheirNumber() {
    PromptSampler sampler = TOY.prompted().sampler(FOUR);
    try (Scope scope = Scope.open()) {
      Tensor context = TOY.context(TwoClasses.FIRST);
      Tensor three = sampler.images(context, SEED, List.of(0, 1, 2));
      Tensor third = sampler.images(context, SEED, List.of(2));
      Goldens.assertClose(three.narrow(0, 2, 1), third, 1e-5, "third image");
      assertThat(Tensors.toDoubles(three.select(0, 0)))
          .isNotEqualTo(Tensors.toDoubles(three.select(0, 1)));
    }
  }

  @Test
  void stepsLeaveNothingBehind() {
    for (PromptSearch search : BOTH.apply(2, FOUR)) {
      assertThat(LiveNative.leftBy(() -> finished(search).close())).isLessThan(8);
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    assertThatThrownBy(
            () ->
                new DiffExplainer(
                    TOY.prompted(),
                    TOY.score(),
                    new DiffExplainer.Settings(1, 0.1, ADAM, 80, "", 1, 1, FOUR)))
        .hasMessageContaining("80 vectors: the text encoder reads 75");
    assertThatThrownBy(
            () ->
                new Dexter(
                    TOY.prompted(),
                    WORDS,
                    BERT,
                    TOY.score(),
                    new Dexter.Settings(1, 0.1, ADAM, "a picture", 1, 1, 1, 1, true, FOUR)))
        .hasMessageContaining("leaves no word open: write [MASK]");
    assertThatThrownBy(
            () ->
                new Dexter(
                    TOY.prompted(),
                    WORDS,
                    BERT,
                    TOY.score(),
                    new Dexter.Settings(1, 0.1, ADAM, "[MASK]", 30, 1, 1, 1, true, FOUR)))
        .hasMessageContaining("30 vectors before it, the language model reads 32");
  }

  @ParameterizedTest
  @CsvSource({"euler, 0, 1, 1", "lcm, 2, 1, 1", "lcm, 0, -1, 1", "lcm, 0, 1, 0"})
  void wrongSamplersAreRefused(String form, double eta, double guidance, int images) {
    assertThatThrownBy(() -> new SamplerSettings(form, "lcm4", eta, guidance, images, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("sampling.");
  }
}
