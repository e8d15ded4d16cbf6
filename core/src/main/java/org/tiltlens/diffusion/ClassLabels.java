package org.tiltlens.diffusion;

import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Which classes a class-conditional prior's images are of: one, or each path one of several, all as
 * likely, so that the prior is their mixture.
 *
 * <p>A path's class is a function of the bits of its x_T alone, of which a change of one gives
 * another draw: what the path is made of says its class, whatever the batch or the thread, and
 * whoever moves paths by moving their noise leaves the mixture as it is.
 *
 * @param choices classes, or {@link Denoiser#NO_CLASS}
 */
public record ClassLabels(List<Integer> choices) {
  /** Far from the streams of samples. */
  private static final long STREAM = Long.MIN_VALUE / 3;

  /** Any odd number of 64 bits spreads: this is the golden ratio's. */
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  public ClassLabels {
    choices = List.copyOf(choices);
    if (choices.isEmpty()) {
      throw new IllegalArgumentException("no class: give at least one");
    }
  }

  /**
   * From what a user says.
   *
   * @param text {@code 3}; {@code 3,7,9}; {@code any} for all; {@code none} for no class
   * @param classes how many the network knows
   * @throws IllegalArgumentException if there is no such class, or one is named twice
   */
  public static ClassLabels parse(String text, int classes) {
    if (classes == 0) {
      throw new IllegalArgumentException("the prior is not class-conditional: give no label");
    }
    String said = text.strip();
    if (said.equals("none")) {
      return new ClassLabels(List.of(Denoiser.NO_CLASS));
    }
    if (said.equals("any")) {
      return new ClassLabels(IntStream.range(0, classes).boxed().toList());
    }
    List<Integer> choices = IntStream.of(numbers(said)).boxed().toList();
    boolean known = choices.stream().allMatch(label -> label >= 0 && label < classes);
    if (!known || choices.stream().distinct().count() < choices.size()) {
      throw unknown(said, classes);
    }
    return new ClassLabels(choices);
  }

  private static int[] numbers(String text) {
    try {
      String[] parts = text.split(",", -1);
      int[] numbers = new int[parts.length];
      for (int i = 0; i < parts.length; i++) {
        numbers[i] = Integer.parseInt(parts[i].strip());
      }
      return numbers;
    } catch (NumberFormatException e) {
      return new int[] {-1};
    }
  }

  private static IllegalArgumentException unknown(String text, int classes) {
    return new IllegalArgumentException(
        "label '%s' is none of the prior's: give %s".formatted(text, choice(classes)));
  }

  /** What there is to choose from, after "give". */
  static String choice(int classes) {
    return ("a label from 0 to %d, such as `priorOption` label=0; or label=any (all classes),"
            + " label=0,%d (some), label=none (no class: for networks that were trained so too)")
        .formatted(classes - 1, Math.min(1, classes - 1));
  }

  /** Whether each image is of a class. */
  public boolean isOfClasses() {
    return !choices.contains(Denoiser.NO_CLASS);
  }

  /** Whether there are several. */
  public boolean isMixture() {
    return choices.size() > 1;
  }

  /** The same for each of some images. */
  int[] only(int images) {
    return IntStream.range(0, images).map(i -> choices.get(0)).toArray();
  }

  /**
   * The class of each path.
   *
   * @param beginnings (N, C, H, W), x_T
   */
  int[] of(Tensor beginnings) {
    float[] numbers = Tensors.toFloats(beginnings);
    int paths = Math.toIntExact(beginnings.size(0));
    int each = numbers.length / paths;
    return IntStream.range(0, paths).map(path -> drawn(numbers, path * each, each)).toArray();
  }

  private int drawn(float[] numbers, int first, int count) {
    long bits = 0;
    for (int i = first; i < first + count; i++) {
      bits = bits * SPREAD + Float.floatToRawIntBits(numbers[i]);
    }
    try (Scope scope = Scope.open()) {
      double u = Noise.uniform(bits, STREAM, 0, 1).item_double();
      return choices.get((int) (u * choices.size()));
    }
  }
}
