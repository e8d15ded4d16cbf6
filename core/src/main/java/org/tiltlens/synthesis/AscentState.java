package org.tiltlens.synthesis;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Optimiser;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Images or a prompt on their way: all that a {@link Climb} needs to go on, and nothing else.
 *
 * <p>Saving its numbers and tensors and starting again from them gives the same bits, because the
 * random numbers of every step are a function of (seed, sample, step) alone.
 *
 * @param seed the run's seed
 * @param samples indices of the images in the run, of which row i of every tensor is {@code
 *     samples[i]}'s; 0 of a prompt, whose tensors are its own
 * @param step how many steps are taken
 * @param tensors on the CPU, without graph, owned by this state: {@code parameters}, the
 *     optimiser's {@code first_moment} and {@code second_moment}, and what else a method keeps,
 *     such as {@code transparency}
 */
public record AscentState(long seed, List<Integer> samples, int step, Map<String, Tensor> tensors)
    implements AutoCloseable {
  private static final String PARAMETERS = "parameters";
  private static final String FIRST_MOMENT = "first_moment";
  private static final String SECOND_MOMENT = "second_moment";
  private static final String TRANSPARENCY = "transparency";

  public AscentState {
    samples = List.copyOf(samples);
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
  }

  /**
   * Before the first step.
   *
   * @param first of a sample's parameters, (1, ...)
   */
  static AscentState start(long seed, List<Integer> samples, IntFunction<Tensor> first) {
    try (Scope scope = Scope.open()) {
      return start(seed, samples, joined(samples, first), Map.of());
    }
  }

  /**
   * The same with a transparency map of zeros.
   *
   * @param transparency the shape of an image's, without the first dimension
   */
  static AscentState startTransparent(
      long seed, List<Integer> samples, IntFunction<Tensor> first, long... transparency) {
    try (Scope scope = Scope.open()) {
      long[] shape =
          LongStream.concat(LongStream.of(samples.size()), LongStream.of(transparency)).toArray();
      Map<String, Tensor> more = Map.of(TRANSPARENCY, Tensors.zeros(shape));
      return start(seed, samples, joined(samples, first), more);
    }
  }

  private static Tensor joined(List<Integer> samples, IntFunction<Tensor> first) {
    return Tensors.cat(samples.stream().map(first::apply).toList(), 0);
  }

  /**
   * Before the first step, with more than is climbed.
   *
   * @param parameters what is climbed
   * @param more what else the method keeps, by its name
   */
  public static AscentState start(
      long seed, List<Integer> samples, Tensor parameters, Map<String, Tensor> more) {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new TreeMap<>(more);
      tensors.put(PARAMETERS, parameters);
      tensors.put(FIRST_MOMENT, Tensors.zeros(Tensors.shape(parameters)));
      tensors.put(SECOND_MOMENT, Tensors.zeros(Tensors.shape(parameters)));
      return owning(seed, samples, 0, tensors);
    }
  }

  private static AscentState owning(
      long seed, List<Integer> samples, int step, Map<String, Tensor> tensors) {
    // Kept last: what fails before is freed by the scopes.
    tensors.values().forEach(Scope::keepForever);
    return new AscentState(seed, samples, step, tensors);
  }

  /** One of its images by itself; the caller closes it. */
  public AscentState row(int row) {
    return rows(List.of(samples.get(row)));
  }

  /**
   * Some of its images; the caller closes them.
   *
   * @param wanted among {@link #samples}
   */
  public AscentState rows(List<Integer> wanted) {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> own = new TreeMap<>(tensors);
      own.replaceAll(
          (name, batch) -> joined(wanted, sample -> batch.narrow(0, samples.indexOf(sample), 1)));
      return owning(seed, wanted, step, own);
    }
  }

  /**
   * What becomes of each image of a batch, by random numbers of its own.
   *
   * @param batch (N, ...), a row for each of {@link #samples}
   * @param change of an image (1, ...) and its sample's number
   */
  List<Tensor> each(Tensor batch, BiFunction<Tensor, Integer, Tensor> change) {
    return IntStream.range(0, samples.size())
        .mapToObj(i -> change.apply(batch.narrow(0, i, 1), samples.get(i)))
        .toList();
  }

  /** What is climbed; the next step changes it in place. */
  public Tensor parameters() {
    return tensor(PARAMETERS);
  }

  Tensor transparency() {
    return tensor(TRANSPARENCY);
  }

  /**
   * One of its tensors.
   *
   * @throws IllegalArgumentException if there is none of this name
   */
  public Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "an ascent's state with " + tensors.keySet() + " only: '" + name + "' is missing");
    }
    return tensor;
  }

  /** What {@code step} makes of this state, which is closed if it fails; frees its temporaries. */
  public AscentState then(UnaryOperator<AscentState> step) {
    try (Scope scope = Scope.open()) {
      return step.apply(this);
    } catch (NotFiniteException e) {
      close();
      throw e.at("step " + this.step + " of the ascent");
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /**
   * The next state, which takes over the tensors: one step of the optimiser down a gradient.
   *
   * @throws NotFiniteException if the gradient is NaN or infinite
   */
  public AscentState descended(Optimiser optimiser, Tensor gradient, double rate) {
    if (!Tensors.allFinite(gradient)) {
      throw new NotFiniteException(
          "the gradient of what is climbed is not finite: check the vision model's weights");
    }
    Optimiser.Moments moments = new Optimiser.Moments(tensor(FIRST_MOMENT), tensor(SECOND_MOMENT));
    optimiser.step(parameters(), gradient, moments, step + 1L, rate);
    return new AscentState(seed, samples, step + 1, tensors);
  }

  /** Share of {@code steps} that are taken. */
  double progress(int steps) {
    return (double) step / steps;
  }

  @Override
  public void close() {
    tensors.values().forEach(Scope::release);
  }
}
