package org.tiltlens.diffusion;

import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which of a schedule's steps a shorter one keeps, written as guided-diffusion writes it, or as
 * others.
 *
 * <ul>
 *   <li>{@code "250"}: that many steps, spread evenly from the first to the last;
 *   <li>{@code "10,15,20"}: the steps in equal sections, so many kept in each, noisiest last;
 *   <li>{@code "ddim50"}: the integer stride that keeps exactly that many (Song et al. 2021);
 *   <li>{@code "trailing50"} and others, as {@link Spacing} writes them.
 * </ul>
 *
 * <p>Equal to {@code space_timesteps} of OpenAI's guided-diffusion, with its rounding (half to even
 * of an accumulated sum).
 */
final class Respacing {
  private Respacing() {}

  /** The kept steps, ascending, out of {@code 0 .. steps - 1}. */
  static int[] keep(String respacing, int steps) {
    if (Spacing.isOne(respacing)) {
      return Spacing.keep(respacing, steps);
    }
    return respacing.startsWith("ddim")
        ? strided(respacing, steps)
        : sections(respacing.split(",", -1), respacing, steps);
  }

  private static int[] strided(String respacing, int steps) {
    int wanted = number(respacing.substring("ddim".length()), respacing);
    for (int stride = 1; stride < steps; stride++) {
      if (stepsAt(stride, steps) == wanted) {
        int found = stride;
        return IntStream.range(0, wanted).map(i -> i * found).toArray();
      }
    }
    throw new IllegalArgumentException(
        "respacing '"
            + respacing
            + "': no integer stride keeps exactly "
            + wanted
            + " of "
            + steps
            + " steps; "
            + nearest(wanted, steps)
            + ", or use '"
            + wanted
            + "' without ddim");
  }

  private static int stepsAt(int stride, int steps) {
    return (steps + stride - 1) / stride;
  }

  private static String nearest(int wanted, int steps) {
    int below = 0;
    int above = Integer.MAX_VALUE;
    for (int stride = 1; stride < steps; stride++) {
      int count = stepsAt(stride, steps);
      below = count < wanted ? Math.max(below, count) : below;
      above = count > wanted ? Math.min(above, count) : above;
    }
    return IntStream.of(below, above)
        .filter(count -> count > 0 && count <= steps)
        .mapToObj(count -> "ddim" + count)
        .collect(Collectors.joining(" or ", "the nearest possible: ", ""));
  }

  private static int[] sections(String[] counts, String respacing, int steps) {
    TreeSet<Integer> kept = new TreeSet<>();
    int start = 0;
    for (int section = 0; section < counts.length; section++) {
      int size = steps / counts.length + (section < steps % counts.length ? 1 : 0);
      int wanted = number(counts[section], respacing);
      if (wanted > size) {
        throw new IllegalArgumentException(
            String.format(
                "respacing '%s': section %d of %d has %d of the %d steps and cannot keep %d; ask"
                    + " for at most %d",
                respacing, section + 1, counts.length, size, steps, wanted, size));
      }
      double stride = wanted <= 1 ? 1 : (size - 1) / (double) (wanted - 1);
      double position = 0;
      for (int i = 0; i < wanted; i++) {
        kept.add(start + (int) Math.rint(position));
        position += stride;
      }
      start += size;
    }
    return kept.stream().mapToInt(Integer::intValue).toArray();
  }

  private static int number(String text, String respacing) {
    String digits = text.strip();
    if (!digits.matches("\\d{1,6}")) {
      throw new IllegalArgumentException(
          "respacing '"
              + respacing
              + "': '"
              + text
              + "' is not a number of steps; write '250', 'ddim50', 'trailing50' or '10,15,20'");
    }
    return Integer.parseInt(digits);
  }
}
