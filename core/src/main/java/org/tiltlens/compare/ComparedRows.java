package org.tiltlens.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.WholeFile;
import org.tiltlens.study.StudyResult;
import org.tiltlens.synthesis.MagnitudeSpectrum;
import org.tiltlens.torch.NotFiniteException;

/**
 * The features of a comparison, each with all methods. One whose cells are all there asks for no
 * network.
 *
 * @param spectrum the corpus' mean magnitudes, measured when first asked for
 */
record ComparedRows(
    CompareContext context,
    Corpus corpus,
    CompareSpace space,
    ComparePool pool,
    CompareJudge judge,
    RunFolder run,
    Supplier<MagnitudeSpectrum> spectrum) {

  /**
   * A feature with all methods.
   *
   * @param feature empty if its score is finite on no image, and all methods failed
   */
  record Row(Optional<CompareResult.Feature> feature, List<CompareResult.Cell> cells) {}

  /** Draws and measures what is not there yet. */
  Row of(int index) throws IOException {
    Path about = run.file(context.about(index));
    if (Files.exists(about)) {
      List<CompareResult.Cell> cells = finished(index);
      if (cells.size() == context.spec().methods().size() * context.spec().seeds()) {
        return row(about, cells);
      }
    }
    // A slip in the pool should cost nothing else.
    if (context.spec().methods().stream().anyMatch(context::looksAtPool)) {
      pool.open();
    }
    readCorpus();
    ComparedFeature feature;
    Optional<JudgedTilt> judged;
    try {
      feature = opened(index);
      judged = judge.of(feature);
    } catch (NotFiniteException e) {
      return new Row(
          Optional.empty(),
          context.spec().methods().stream()
              .flatMap(method -> context.seeds().map(at -> failed(index, method, at, e)))
              .toList());
    }
    CompareResult.Feature found = feature.onCorpus(feature.floor(context.spec(), space));
    WholeFile.writeText(about, Json.write(found));
    return row(about, cells(feature, judged));
  }

  /** Before a unit asks for a part of the network: all of it serves units too. */
  void readCorpus() throws IOException {
    space.read(
        corpus,
        run.state(context.shared("corpus") + ".safetensors"),
        context.lanes(),
        context.spec().seed(),
        context.progress());
  }

  private ComparedFeature opened(int index) throws IOException {
    return ComparedFeature.open(
        index, context, corpus, space, run.state(context.shared("scores-" + index) + ".json"));
  }

  /** What earlier processes made of a feature. */
  private List<CompareResult.Cell> finished(int index) throws IOException {
    List<CompareResult.Cell> cells = new ArrayList<>();
    for (Method method : context.spec().methods()) {
      for (CompareContext at : context.seeds().toList()) {
        RunFolder.finished(
                context.folder().resolve(at.where(index, method)), CompareResult.Cell.class)
            .ifPresent(cells::add);
      }
    }
    return cells;
  }

  private Row row(Path about, List<CompareResult.Cell> cells) throws IOException {
    CompareResult.Feature feature = Json.read(about, null, CompareResult.Feature.class);
    boolean tilted =
        cells.stream().anyMatch(cell -> cell.method().findsBeta() && cell.failure() == null);
    if (!tilted) {
      return new Row(Optional.of(feature), cells);
    }
    CompareTilt tilt = new CompareTilt(context, feature.feature(), feature.target());
    StudyResult.UnitResult found = tilt.of(new Progress.Task() {}).results().get(0);
    return new Row(Optional.of(feature.tilted(found.beta(), found.pilots())), cells);
  }

  private List<CompareResult.Cell> cells(ComparedFeature feature, Optional<JudgedTilt> judged) {
    List<CompareResult.Cell> cells = new ArrayList<>();
    for (Method method : context.spec().methods()) {
      for (CompareContext at : context.seeds().toList()) {
        CompareTilt tilt = new CompareTilt(at, feature.index(), feature.target());
        CompareDrawing drawing = new CompareDrawing(at, feature, corpus, tilt, pool, spectrum);
        CompareMeasure measure = new CompareMeasure(at, feature, space, judged);
        String what = method.label() + " for feature " + feature.index() + at.seedText();
        long units = method.units(drawing) + measure.units();
        try (Progress.Task task =
            Cancellable.begin(context.progress(), what, units, Counted.share(units))) {
          cells.add(cell(method, drawing, measure, units, task));
        }
      }
    }
    return cells;
  }

  private CompareResult.Cell cell(
      Method method,
      CompareDrawing drawing,
      CompareMeasure measure,
      long units,
      Progress.Task task) {
    int index = drawing.feature().index();
    CompareContext at = drawing.context();
    String where = at.where(index, method);
    Path folder = context.folder().resolve(where);
    try {
      Optional<CompareResult.Cell> finished = RunFolder.finished(folder, CompareResult.Cell.class);
      if (finished.isPresent()) {
        task.skip(units);
        return finished.get();
      }
      return RunFolder.renew(
          folder,
          CompareResult.Cell.class,
          at.identity(index, method),
          found -> true,
          own -> {
            Drawn drawn =
                method.draw(
                    drawing, new DrawnImages(at.spec().count(), at.batching(), own, where, task));
            CompareMeasure.Measured measured = measure.of(drawn, own, where, task);
            return new CompareResult.Cell(
                index,
                method,
                at.spec().seed(),
                null,
                drawn.setting(),
                drawn.secondsPerImage(),
                drawn.secondsFindingBeta(),
                measured.images(),
                measured.metrics());
          });
    } catch (IOException | RuntimeException e) {
      return failed(index, method, at, e);
    }
  }

  private static CompareResult.Cell failed(
      int index, Method method, CompareContext at, Exception failure) {
    return new CompareResult.Cell(
        index,
        method,
        at.spec().seed(),
        CellFailure.reason(failure),
        null,
        null,
        null,
        List.of(),
        null);
  }
}
