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
    CompareTilt tilt = new CompareTilt(context, index);
    Path about = run.file(context.about(index));
    if (Files.exists(about)) {
      List<CompareResult.Cell> cells = finished(index);
      if (cells.size() == context.spec().methods().size()) {
        return row(about, tilt, cells);
      }
    }
    // A slip in the pool should cost nothing else.
    if (context.spec().methods().stream().anyMatch(context::looksAtPool)) {
      pool.open();
    }
    // Before a unit asks for a part of the network: all of it serves units too.
    space.read(
        corpus,
        run.state(context.shared("corpus") + ".safetensors"),
        context.lanes(),
        context.spec().seed(),
        context.progress());
    ComparedFeature feature;
    Optional<JudgedTilt> judged;
    try {
      feature = opened(index);
      judged = judge.of(feature);
    } catch (NotFiniteException e) {
      return new Row(
          Optional.empty(),
          context.spec().methods().stream().map(method -> failed(index, method, e)).toList());
    }
    WholeFile.writeText(about, Json.write(feature.onCorpus()));
    return row(about, tilt, cells(feature, judged, tilt));
  }

  private ComparedFeature opened(int index) throws IOException {
    return ComparedFeature.open(
        index,
        context.spec().target(),
        context,
        corpus,
        run.state(context.shared("scores-" + index) + ".json"));
  }

  /** What earlier processes made of a feature. */
  private List<CompareResult.Cell> finished(int index) throws IOException {
    List<CompareResult.Cell> cells = new ArrayList<>();
    for (Method method : context.spec().methods()) {
      RunFolder.finished(
              context.folder().resolve(context.where(index, method)), CompareResult.Cell.class)
          .ifPresent(cells::add);
    }
    return cells;
  }

  private static Row row(Path about, CompareTilt tilt, List<CompareResult.Cell> cells)
      throws IOException {
    CompareResult.Feature feature = Json.read(about, null, CompareResult.Feature.class);
    boolean tilted =
        cells.stream().anyMatch(cell -> cell.method().findsBeta() && cell.failure() == null);
    if (!tilted) {
      return new Row(Optional.of(feature), cells);
    }
    StudyResult.UnitResult found = tilt.of(new Progress.Task() {}).results().get(0);
    return new Row(Optional.of(feature.tilted(found.beta(), found.pilots())), cells);
  }

  private List<CompareResult.Cell> cells(
      ComparedFeature feature, Optional<JudgedTilt> judged, CompareTilt tilt) {
    CompareMeasure measure = new CompareMeasure(context, feature, space, judged);
    CompareDrawing drawing = new CompareDrawing(context, feature, corpus, tilt, pool, spectrum);
    List<CompareResult.Cell> cells = new ArrayList<>();
    for (Method method : context.spec().methods()) {
      String what = method.label() + " for feature " + feature.index();
      long units = method.units(drawing) + measure.units();
      try (Progress.Task task = Cancellable.begin(context.progress(), what, units)) {
        cells.add(cell(method, drawing, measure, units, task));
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
    String where = context.where(index, method);
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
          context.identity(index, method),
          found -> true,
          own -> {
            Drawn drawn =
                method.draw(
                    drawing,
                    new DrawnImages(context.spec().count(), context.lanes(), own, where, task));
            CompareMeasure.Measured measured = measure.of(drawn.tensors(), own, where, task);
            return new CompareResult.Cell(
                index,
                method,
                null,
                drawn.setting(),
                drawn.secondsPerImage(),
                drawn.secondsFindingBeta(),
                measured.images(),
                measured.metrics());
          });
    } catch (IOException | RuntimeException e) {
      return failed(index, method, e);
    }
  }

  private static CompareResult.Cell failed(int index, Method method, Exception failure) {
    return new CompareResult.Cell(
        index, method, CellFailure.reason(failure), null, null, null, List.of(), null);
  }
}
