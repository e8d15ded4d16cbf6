package org.tiltlens.prompts;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.ReverseStep;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Images of a context in a few steps, with the gradient back to the context through all of them.
 *
 * <pre>
 * x_{t-1} = step(x_t, context, z_t)      E = energy(decode(x_0))
 * dE/dx_t = (d x_{t-1} / d x_t)' dE/dx_{t-1}      dE/dcontext = sum_t (d x_{t-1} / d context)' dE/dx_{t-1}
 * </pre>
 *
 * <p>Each step is computed again on the way back, so that memory holds one step's graph and the
 * noisy images between the steps, however many there are (Chen et al. 2016, arXiv 1604.06174): the
 * price is one more forward pass a step. What is largest is then one step of the UNet, the score,
 * or a block of the decoder.
 *
 * @param told the prior of a context (1, L, C), with a gradient to it; nobody closes what it gives
 * @param step how to go from x_t to x_{t-1}, by one prediction alone
 */
public record FewSteps(Function<Tensor, Prior> told, ReverseStep step) {
  /**
   * An energy of images and its gradient.
   *
   * @param energies (N)
   * @param gradient of their sum, of the context's shape
   */
  public record Climbed(Tensor energies, Tensor gradient) {}

  public FewSteps {
    if (step.readsBefore() || step.evaluations(2) > 2) {
      throw new IllegalArgumentException(
          "a step of several predictions has no gradient here: use DDIM or LCM steps");
    }
  }

  /**
   * Images of a context.
   *
   * @param noise standard normal numbers (N, c, h, w) of a draw: x_T at 0, the n-th step's at n
   * @return (N, C, H, W)
   */
  public Tensor images(Tensor context, IntFunction<Tensor> noise) {
    return Scope.of(
        () -> {
          Prior prior = told.apply(context.detach());
          Tensor x = prior.device().place(noise.apply(0));
          for (int t = prior.schedule().steps() - 1; t >= 0; t--) {
            x = stepped(prior, x, t, noise);
          }
          return prior.decode(x);
        });
  }

  /**
   * An energy of a context's images and its gradient with respect to the context.
   *
   * @param context (1, L, C), looked at without its graph
   * @param noise as of {@link #images}
   * @param energy of images (N, C, H, W), one number each; differentiable
   */
  public Climbed climb(Tensor context, IntFunction<Tensor> noise, UnaryOperator<Tensor> energy) {
    try (Scope scope = Scope.open()) {
      Prior plain = told.apply(context.detach());
      int steps = plain.schedule().steps();
      List<Tensor> states = new ArrayList<>();
      states.add(plain.device().place(noise.apply(0)));
      for (int t = steps - 1; t >= 0; t--) {
        states.add(stepped(plain, states.get(states.size() - 1), t, noise));
      }
      Tensor end = states.get(steps);
      Tensor images = Autograd.leaf(plain.decode(end));
      Tensor energies = energy.apply(images);
      Tensor down = plain.decodeBack(end, Autograd.gradient(energies.sum(), images));
      Tensor sum = Tensors.scale(context.detach(), 0);
      for (int t = 0; t < steps; t++) {
        down = back(context, states.get(steps - 1 - t), t, noise, down, sum);
      }
      return new Climbed(scope.keep(energies.detach()), scope.keep(sum));
    }
  }

  /** dE/dx_t; adds the context's share to {@code sum}. */
  private Tensor back(
      Tensor context, Tensor state, int t, IntFunction<Tensor> noise, Tensor down, Tensor sum) {
    return Scope.of(
        () -> {
          Tensor x = Autograd.leaf(state);
          Tensor told = Autograd.leaf(context);
          Tensor next = stepped(told().apply(told), x, t, noise);
          List<Tensor> gradients = Autograd.gradients(next.mul(down).sum(), List.of(x, told));
          Tensors.addInPlace(sum, gradients.get(1), 1);
          return gradients.get(0);
        });
  }

  private Tensor stepped(Prior prior, Tensor x, int t, IntFunction<Tensor> noise) {
    return Scope.of(
        () -> {
          Tensor z = prior.device().place(noise.apply(prior.schedule().steps() - t));
          return step.step(prior.schedule(), prior.predict(x, t), x, t, z);
        });
  }
}
