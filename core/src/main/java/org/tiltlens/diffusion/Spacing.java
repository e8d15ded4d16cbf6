package org.tiltlens.diffusion;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.IntUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Which of a schedule's steps latent diffusion and diffusers keep; {@code N} of {@code T}.
 *
 * <ul>
 *   <li>{@code "leading50"}: multiples of T / N, from 0; {@code "leading50+1"}: each one later
 *       ({@code steps_offset});
 *   <li>{@code "trailing50"}: from T - 1 down;
 *   <li>{@code "linspace50"}: from 0 to T - 1;
 *   <li>{@code "uniform50"}: every one after a multiple of T / N, which may be more than N, and
 *       {@code "quad50"}: at squares, to 0.8 T (CompVis);
 *   <li>{@code "lcm4"}: of a latent consistency model that was distilled at 50 steps; {@code
 *       "lcm4of100"}: at as many.
 * </ul>
 *
 * <p>Equal to {@code set_timesteps} of diffusers' DDIMScheduler and LCMScheduler and to {@code
 * make_ddim_timesteps} of CompVis, with their rounding (half to even).
 */
enum Spacing {
  LEADING,
  TRAILING,
  LINSPACE,
  UNIFORM,
  QUAD,
  LCM;

  private static final Pattern WRITTEN =
      Pattern.compile(
          "(leading|trailing|linspace|uniform|quad|lcm)(\\d{1,6})(\\+\\d{1,6}|of\\d{1,6})?");

  /** Whether a text names one. */
  static boolean isOne(String respacing) {
    return Arrays.stream(values())
        .anyMatch(each -> respacing.startsWith(each.name().toLowerCase(Locale.ROOT)));
  }

  /**
   * The kept steps, ascending.
   *
   * @throws IllegalArgumentException if that cannot be done; the message says what can
   */
  static int[] keep(String respacing, int steps) {
    Matcher written = WRITTEN.matcher(respacing.strip());
    if (!written.matches()) {
      throw wrong(
          respacing,
          "write leading50, leading50+1, trailing50, linspace50, uniform50, quad50 or lcm4");
    }
    Spacing spacing = valueOf(written.group(1).toUpperCase(Locale.ROOT));
    int count = Integer.parseInt(written.group(2));
    String more = written.group(3);
    if (more != null && !more.startsWith(spacing == LCM ? "of" : "+")) {
      throw wrong(respacing, "'%s' has no meaning there".formatted(more));
    }
    int number = more == null ? -1 : Integer.parseInt(more.replaceAll("\\D", ""));
    if (count < 2 || count > steps) {
      throw wrong(respacing, "it can keep 2 to %d of the %d steps".formatted(steps, steps));
    }
    int[] kept = spacing.kept(count, steps, number, respacing);
    if (Arrays.stream(kept).anyMatch(step -> step < 0 || step >= steps)
        || Arrays.stream(kept).distinct().count() < kept.length) {
      throw wrong(
          respacing,
          "steps %s are not all different and of 0..%d: keep fewer"
              .formatted(shown(kept), steps - 1));
    }
    return kept;
  }

  private static String shown(int... kept) {
    return kept.length > 6
        ? kept[0] + "," + kept[1] + ",...," + kept[kept.length - 1]
        : Arrays.toString(kept);
  }

  private int[] kept(int count, int steps, int number, String respacing) {
    int offset = Math.max(0, number);
    return switch (this) {
      case LEADING -> each(count, i -> i * (steps / count) + offset);
      case TRAILING ->
          each(
              count,
              i ->
                  (int) Math.rint(steps - (count - 1 - i) * (steps / (double) count)) - 1 + offset);
      case LINSPACE -> each(count, i -> (int) Math.rint(spread(i, count, steps - 1.0)) + offset);
      case UNIFORM -> {
        int stride = steps / count;
        yield each((steps + stride - 1) / stride, i -> i * stride + 1 + offset);
      }
      case QUAD ->
          each(
              count, i -> (int) Math.pow(spread(i, count, Math.sqrt(steps * 0.8)), 2) + 1 + offset);
      case LCM -> lcm(count, steps, number < 0 ? 50 : number, respacing);
    };
  }

  private static int[] each(int count, IntUnaryOperator step) {
    return IntStream.range(0, count).map(step).toArray();
  }

  /** Place i of {@code count} from 0 to {@code last}. */
  private static double spread(int i, int count, double last) {
    return i == count - 1 ? last : i * (last / (count - 1));
  }

  /** Luo et al. 2023, arXiv 2310.04378: of the steps that it was distilled at, as many. */
  private static int[] lcm(int count, int steps, int distilled, String respacing) {
    if (distilled < count || distilled > steps) {
      throw wrong(
          respacing,
          "it was distilled at %d steps, expected %d to %d".formatted(distilled, count, steps));
    }
    return lcm(count, steps / distilled, distilled);
  }

  /**
   * As many of the first steps that it was distilled at, the noisiest of them first.
   *
   * @param stride how far apart those are
   * @param first how many of them there are to go
   */
  static int[] lcm(int count, int stride, int first) {
    return each(
        count,
        i -> {
          int place = (int) Math.floor((count - 1 - i) * (first / (double) count));
          return (first - place) * stride - 1;
        });
  }

  private static IllegalArgumentException wrong(String respacing, String why) {
    return new IllegalArgumentException("respacing '%s': %s".formatted(respacing, why));
  }
}
