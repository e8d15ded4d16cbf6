package org.tiltlens.synthesis;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Optimiser;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * An image or a prompt on its way: all that a {@link Climb} needs to go on, and nothing else.
 *
 * <p>Saving its numbers and tensors and starting again from them gives the same bits, because the
 * random numbers of every step are a function of (seed, sample, step) alone.
 *
 * @param seed the run's seed
 * @param sample index of the image in the run; 0 of a prompt
 * @param step how many steps are taken
 * @param tensors on the CPU, without graph, owned by this state: {@code parameters}, the
 *     optimiser's {@code first_moment} and {@code second_moment}, and what else a method keeps,
 *     such as {@code transparency}
 */
public record AscentState(long seed, int sample, int step, Map<String, Tensor> tensors)
    implements AutoCloseable {
  private static final String PARAMETERS = "parameters";
  private static final String FIRST_MOMENT = "first_moment";
  private static final String SECOND_MOMENT = "second_moment";
  private static final String TRANSPARENCY = "transparency";

  public AscentState {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
  }

  /** Before the first step. */
  static AscentState start(long seed, int sample, Tensor parameters) {
    return start(seed, sample, Map.of(PARAMETERS, parameters), Tensors.shape(parameters));
  }

  /** The same with a transparency map of zeros. */
  static AscentState startTransparent(
      long seed, int sample, Tensor parameters, long... transparency) {
    try (Scope scope = Scope.open()) {
      Tensor map = Tensors.zeros(transparency);
      return start(
          seed,
          sample,
          Map.of(PARAMETERS, parameters, TRANSPARENCY, map),
          Tensors.shape(parameters));
    }
  }

  /**
   * Before the first step, with more than is climbed.
   *
   * @param parameters what is climbed
   * @param more what else the method keeps, by its name
   */
  public static AscentState start(
      long seed, int sample, Tensor parameters, Map<String, Tensor> more) {
    Map<String, Tensor> own = new TreeMap<>(more);
    own.put(PARAMETERS, parameters);
    return start(seed, sample, own, Tensors.shape(parameters));
  }

  private static AscentState start(
      long seed, int sample, Map<String, Tensor> own, long... moments) {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new TreeMap<>(own);
      tensors.put(FIRST_MOMENT, Tensors.zeros(moments));
      tensors.put(SECOND_MOMENT, Tensors.zeros(moments));
      // Kept last: what fails before is freed by the scopes.
      tensors.values().forEach(Scope::keepForever);
      return new AscentState(seed, sample, 0, tensors);
    }
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
    return new AscentState(seed, sample, step + 1, tensors);
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
