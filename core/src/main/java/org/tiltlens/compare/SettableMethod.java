package org.tiltlens.compare;

import java.util.List;
import org.tiltlens.chart.ChartStyle.Mark;
import org.tiltlens.models.Bundle;

/**
 * A method with settings of its own, which {@code --set METHOD.NAME=VALUE} changes.
 *
 * @param <R> the settings
 */
abstract class SettableMethod<R extends Record> extends Method {
  SettableMethod(String key, String label, String meaning, Mark mark) {
    super(key, label, meaning, mark);
  }

  /** Its authors' settings for images of a size, in pixels. */
  abstract R defaults(int size);

  /** Names of its settings that are files or folders of models; they are no part of the record. */
  List<String> modelSettings() {
    return List.of();
  }

  /**
   * Its settings in a comparison.
   *
   * @throws IllegalArgumentException if there is no such setting, or a value is refused
   */
  final R settings(CompareSpec spec, Bundle bundle) {
    return RecordSettings.with(
        defaults(bundle.manifest().imageSize()), spec.settings(this), key(), modelSettings());
  }

  /** The same in one that is under way. */
  final R settings(CompareContext context) {
    return settings(context.spec(), context.bundle());
  }
}
