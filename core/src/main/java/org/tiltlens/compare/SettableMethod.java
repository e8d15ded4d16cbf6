package org.tiltlens.compare;

import org.tiltlens.chart.ChartStyle.Mark;

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

  /**
   * Its settings in a comparison.
   *
   * @throws IllegalArgumentException if there is no such setting, or a value is refused
   */
  final R settings(CompareContext context) {
    return RecordSettings.with(defaults(context.imageSize()), context.settings(this), key());
  }
}
