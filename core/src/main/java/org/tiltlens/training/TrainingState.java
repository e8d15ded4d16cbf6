package org.tiltlens.training;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * All that a training goes on from: flat weights, their average, Adam's moments, the step.
 *
 * <p>With the settings it decides every later bit; they are written with it and compared when it is
 * read.
 */
final class TrainingState implements AutoCloseable {
  private static final String SETTING = "setting.";
  private static final String BEST = "best";

  private final Map<String, Tensor> tensors;
  private final Map<String, String> settings;
  private final int threads;
  private long step;
  private double seconds;
  private Evaluations evaluations = Evaluations.NONE;

  /**
   * What an {@link EarlyStop} goes by.
   *
   * @param last step of the last evaluation; 0: none was made
   * @param best step of the best one, whose averaged weights are kept
   * @param score what was measured there
   */
  record Evaluations(long last, long best, double score) {
    static final Evaluations NONE = new Evaluations(0, 0, Double.NEGATIVE_INFINITY);

    static Evaluations read(Map<String, String> metadata) {
      return metadata.containsKey("evaluated")
          ? new Evaluations(
              Long.parseLong(metadata.get("evaluated")),
              Long.parseLong(metadata.get("best step")),
              Double.parseDouble(metadata.getOrDefault("best score", "")))
          : NONE;
    }

    void write(Map<String, String> metadata) {
      if (last > 0) {
        metadata.put("evaluated", Long.toString(last));
        metadata.put("best step", Long.toString(best));
        metadata.put("best score", Double.toString(score));
      }
    }
  }

  private TrainingState(Map<String, Tensor> tensors, Map<String, String> settings, int threads) {
    this.tensors = tensors;
    this.settings = settings;
    this.threads = threads;
  }

  /** A training before its first step. */
  static TrainingState start(Tensor weights, Map<String, String> settings, int threads) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (Scope scope = Scope.open()) {
      for (Part part : Part.values()) {
        tensors.put(part.tensor(), part.isMoment() ? zeros(weights) : copy(weights));
      }
      // Kept last: what fails before is freed by the scope.
      tensors.values().forEach(Scope::keepForever);
    }
    return new TrainingState(tensors, settings, threads);
  }

  private static Tensor zeros(Tensor like) {
    return copy(like).zero_();
  }

  private static Tensor copy(Tensor tensor) {
    return Tensors.cat(List.of(tensor), 0);
  }

  private enum Part {
    WEIGHTS,
    AVERAGE,
    FIRST_MOMENT,
    SECOND_MOMENT;

    String tensor() {
      return name().toLowerCase(Locale.ROOT);
    }

    boolean isMoment() {
      return this == FIRST_MOMENT || this == SECOND_MOMENT;
    }
  }

  /**
   * Reads a checkpoint.
   *
   * @param size how many weights there must be
   * @throws CheckpointException if the file is damaged or no checkpoint of a training
   * @throws IllegalArgumentException if it is one of a training with other settings
   */
  static TrainingState read(Path file, Map<String, String> settings, long size, Device device) {
    try (TensorStore store = Checkpoints.open(file)) {
      Map<String, String> metadata = store.metadata();
      requireSame(file, metadata, settings);
      int threads = Integer.parseInt(metadata.get("threads"));
      long step = Long.parseLong(metadata.get("step"));
      double seconds = Double.parseDouble(metadata.get("seconds"));
      Evaluations evaluations = Evaluations.read(metadata);
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      try (Scope scope = Scope.open()) {
        for (Part part : Part.values()) {
          tensors.put(part.tensor(), read(store, part.tensor(), size, device));
        }
        if (evaluations.last() > 0) {
          tensors.put(BEST, read(store, BEST, size, device));
        }
        tensors.values().forEach(Scope::keepForever);
      }
      TrainingState state = new TrainingState(tensors, settings, threads);
      state.step = step;
      state.seconds = seconds;
      state.evaluations = evaluations;
      return state;
    } catch (NumberFormatException e) {
      throw new CheckpointException(file + " is no checkpoint of a training", e);
    }
  }

  private static Tensor read(TensorStore store, String name, long size, Device device) {
    Tensor tensor = device.place(Tensors.float32(store.load(name)));
    if (tensor.dim() != 1 || tensor.size(0) != size) {
      throw new CheckpointException(
          "%s: %s is %s, expected %d numbers"
              .formatted(store.source(), name, Tensors.describe(tensor), size));
    }
    return tensor;
  }

  private static void requireSame(
      Path file, Map<String, String> metadata, Map<String, String> settings) {
    TreeSet<String> names = new TreeSet<>(settings.keySet());
    metadata.keySet().stream()
        .filter(key -> key.startsWith(SETTING))
        .forEach(key -> names.add(key.substring(SETTING.length())));
    for (String name : names) {
      String before = metadata.getOrDefault(SETTING + name, "absent");
      String now = settings.getOrDefault(name, "absent");
      if (!before.equals(now)) {
        throw new IllegalArgumentException(
            "'%s' was begun with %s %s and cannot go on with %s: give the same, or another `folder`"
                .formatted(file, name, before, now));
      }
    }
  }

  /** Writes the checkpoint whole or not at all. */
  void write(Path file) {
    try (Scope scope = Scope.open()) {
      Map<String, String> metadata = new LinkedHashMap<>();
      metadata.put("step", Long.toString(step));
      metadata.put("seconds", Double.toString(seconds));
      metadata.put("threads", Integer.toString(threads));
      evaluations.write(metadata);
      settings.forEach((name, value) -> metadata.put(SETTING + name, value));
      Map<String, Tensor> onCpu = new LinkedHashMap<>(tensors);
      onCpu.replaceAll((name, tensor) -> Device.CPU.place(tensor));
      SafetensorsWriter.write(file, onCpu, metadata);
    }
  }

  Tensor weights() {
    return tensors.get(Part.WEIGHTS.tensor());
  }

  Tensor average() {
    return tensors.get(Part.AVERAGE.tensor());
  }

  /** The average as it was at the best evaluation; only after one. */
  Tensor best() {
    return tensors.get(BEST);
  }

  Evaluations evaluations() {
    return evaluations;
  }

  /** Notes what was measured of the average, and keeps it if it is the best so far. */
  void evaluated(double score) {
    if (score > evaluations.score()) {
      evaluations = new Evaluations(step, step, score);
      Tensor kept;
      try (Scope scope = Scope.open()) {
        kept = scope.keep(copy(average()));
      }
      Scope.keepForever(kept);
      Tensor before = tensors.put(BEST, kept);
      if (before != null) {
        Scope.release(before);
      }
    } else {
      evaluations = new Evaluations(step, evaluations.best(), evaluations.score());
    }
  }

  AdamW optimiser() {
    return new AdamW(
        tensors.get(Part.FIRST_MOMENT.tensor()), tensors.get(Part.SECOND_MOMENT.tensor()));
  }

  /** Steps done. */
  long step() {
    return step;
  }

  /** Time spent on them. */
  double seconds() {
    return seconds;
  }

  int threads() {
    return threads;
  }

  void advance(double secondsGone) {
    step++;
    seconds = secondsGone;
  }

  @Override
  public void close() {
    tensors.values().forEach(Scope::release);
  }
}
