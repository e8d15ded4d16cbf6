package org.tiltlens.server;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.tiltlens.compose.ComposedUnit;
import org.tiltlens.compose.CompositionSpec;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.run.Json;

/**
 * The page that composes features.
 *
 * @param features of the dictionary
 * @param rows of their maps
 * @param columns of their maps
 * @param said what the form says
 * @param job that composes; null if none was asked for
 */
record ComposeView(
    BundleView bundle, int features, int rows, int columns, Said said, StartedView job) {
  private static final int UNITS = 3;

  /** Places in the form, each for a feature. */
  List<Integer> units() {
    return IntStream.range(0, UNITS).boxed().toList();
  }

  /** Whether a place of a map is chosen. */
  boolean isAt(int unit, int row, int column) {
    return said.of("place-" + unit).equals(row + "," + column);
  }

  /** Names of the form's fields. */
  static String[] fields() {
    List<String> names = new ArrayList<>(List.of("job", "feature", "count"));
    for (int unit = 0; unit < UNITS; unit++) {
      names.addAll(List.of("feature-" + unit, "percentile-" + unit, "place-" + unit));
    }
    return Said.withSteps(names.toArray(String[]::new));
  }

  /** What the form would say that asks for a composition; nothing of one that is damaged. */
  static Said of(JobFile file) {
    try {
      return of(Json.parse(Json.write(file.spec()), CompositionSpec.class));
    } catch (RuntimeException e) {
      return Said.NOTHING;
    }
  }

  /** The same, as far as it can. */
  private static Said of(CompositionSpec spec) {
    Map<String, String> said = new HashMap<>();
    for (int unit = 0; unit < Math.min(UNITS, spec.units().size()); unit++) {
      ComposedUnit one = spec.units().get(unit);
      JobSubject.Placed placed = JobSubject.Placed.of(one.unit());
      if (placed != null && one.target() != null && one.target().percentile() != null) {
        said.put("feature-" + unit, placed.feature());
        said.put("percentile-" + unit, JobSubject.number(one.target().percentile()));
        said.put("place-" + unit, placed.row() == null ? "" : placed.row() + "," + placed.column());
      }
    }
    said.put("count", Integer.toString(spec.count()));
    if (!(spec.form() instanceof StepsSpec.Ddpm)) {
      said.put("form", spec.form().word());
      said.put("respacing", spec.respacing());
      if (spec.form() instanceof StepsSpec.Ddim ddim) {
        said.put("eta", Double.toString(ddim.eta()));
      }
    }
    return new Said(said);
  }
}
