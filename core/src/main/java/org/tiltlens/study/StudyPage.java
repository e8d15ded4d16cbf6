package org.tiltlens.study;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.tiltlens.models.Prompt;
import org.tiltlens.page.EmbeddedPng;
import org.tiltlens.page.PictureRow;
import org.tiltlens.page.Quantity;
import org.tiltlens.page.Reading;
import org.tiltlens.page.RunPage;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.synthesis.Estimates;
import org.tiltlens.tilting.Target;

/** The page of a run: its images with their numbers, and what it says of the tilt. */
final class StudyPage {
  private static final String AT = "/results/0";

  private final Path folder;
  private final StudyResult run;
  private final StudyResult.UnitResult unit;

  private StudyPage(Path folder, StudyResult run) {
    this.folder = folder;
    this.run = run;
    unit = run.results().get(0);
  }

  /**
   * Writes {@code index.html} into the folder of a run, whole or not at all.
   *
   * @param folder where the pictures that the result names are
   */
  static void write(Path folder, StudyResult run) throws IOException {
    new StudyPage(folder, run).page().write(folder);
  }

  private RunPage page() throws IOException {
    String name = unit.feature() == null ? unit.unit() : "feature " + unit.feature();
    return new RunPage(
        "What " + name + " responds to",
        (unit.scale() == null
                ? "Images drawn from q(x) ∝ p(x) exp(β s(x)): such as a diffusion prior p finds"
                    + " likely, tilted towards those that drive the unit, whose score is s."
                : "Images of a diffusion prior, pushed by a constant factor of the gradient of the"
                    + " unit's score s: the published heuristic, which is no tilt.")
            + Prompt.sentence(run.spec().models().priorOptions()).map(" "::concat).orElse("")
            + " How: "
            + unit.approximation()
            + ".",
        facts(),
        List.of(new RunPage.Part("images", "Images", List.of(row()))),
        notes(),
        run.seed(),
        run.tiltlens());
  }

  private List<RunPage.Fact> facts() {
    StudySpec spec = run.spec();
    List<RunPage.Fact> facts = new ArrayList<>();
    facts.add(new RunPage.Fact("Unit", unit.unit()));
    facts.add(new RunPage.Fact("Vision model", spec.models().vision()));
    if (spec.models().dictionary() != null) {
      facts.add(new RunPage.Fact("Dictionary", spec.models().dictionary()));
    }
    facts.add(new RunPage.Fact("Prior", spec.models().prior()));
    facts.add(new RunPage.Fact("Guidance", unit.guidance()));
    facts.add(
        new RunPage.Fact("Sampling steps", spec.steps().form().taken(spec.steps().respacing())));
    return facts;
  }

  private PictureRow row() throws IOException {
    List<PictureRow.Picture> pictures = new ArrayList<>();
    for (int i = 0; i < unit.images().size(); i++) {
      pictures.add(picture(i, unit.images().get(i), AT + "/images/" + i));
    }
    return new PictureRow(
        unit.target() == null ? "Samples" : "Aimed at", aim(), lines(), null, pictures);
  }

  private List<Reading> aim() {
    Target target = unit.target();
    return target == null
        ? List.of()
        : PictureRow.known(
            Reading.of(Quantity.PERCENTILE, target.percentile(), AT + "/target/percentile"),
            Reading.of(Quantity.SCORE, target.activation(), AT + "/target/activation"));
  }

  private List<PictureRow.Line> lines() {
    return PictureRow.lines(
        PictureRow.line(
            run.spec().isExact() ? "E[s]" : "mean",
            Reading.of(Quantity.SCORE, unit.meanScore(), AT + "/mean_score"),
            error(Estimates::meanScore, "mean_score"),
            Reading.of(Quantity.PERCENTILE, unit.reachedPercentile(), AT + "/reached_percentile")),
        PictureRow.line("shown", run.spec().isExact() ? shown() : null),
        PictureRow.line("tilt", Reading.of(Quantity.BETA, unit.beta(), AT + "/beta")),
        PictureRow.line(
            "KL", Reading.of(Quantity.KL, unit.kl(), AT + "/kl"), error(Estimates::kl, "kl")),
        PictureRow.line(
            "log Z",
            Reading.of(Quantity.LOG_Z, unit.logZ(), AT + "/log_z"),
            error(Estimates::logZ, "log_z")),
        PictureRow.line("path KL", Reading.of(Quantity.PATH_KL, unit.pathKl(), AT + "/path_kl")),
        PictureRow.line("rests on", effective()),
        PictureRow.line(
            "mean",
            Reading.of(Quantity.BITS_PER_DIM, unit.meanBitsPerDim(), AT + "/mean_bits_per_dim")));
  }

  private Reading shown() {
    return Reading.of(Quantity.SCORE_SHOWN, unit.meanScoreOfImages(), AT + "/mean_score_of_images");
  }

  private Reading error(Function<Estimates, Estimated> number, String name) {
    return Optional.ofNullable(unit.estimates())
        .map(number)
        .map(Estimated::standardError)
        .map(
            error ->
                Reading.of(
                    Quantity.STANDARD_ERROR, error, AT + "/estimates/" + name + "/standard_error"))
        .orElse(null);
  }

  private Reading effective() {
    return unit.annealed() == null
        ? null
        : Reading.of(
            Quantity.EFFECTIVE_PATHS, unit.annealed().effectivePaths(), AT + "/annealed/pool_ess");
  }

  private PictureRow.Picture picture(int i, StudyResult.ImageResult image, String at)
      throws IOException {
    return new PictureRow.Picture(
        EmbeddedPng.read(folder.resolve(image.file())),
        null,
        "Image %d of %s".formatted(i + 1, unit.unit()),
        null,
        PictureRow.known(
            Reading.of(Quantity.SCORE, image.score(), at + "/score"),
            Reading.of(Quantity.PERCENTILE, image.percentile(), at + "/percentile"),
            Reading.of(Quantity.BITS_PER_DIM, image.bitsPerDim(), at + "/bits_per_dim")));
  }

  private List<String> notes() {
    return Stream.concat(Caveats.of(unit).stream(), Stream.ofNullable(unit.note())).toList();
  }
}
