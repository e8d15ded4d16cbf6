package org.tiltlens.training;

import static org.tiltlens.torch.Tensors.mean;
import static org.tiltlens.torch.Tensors.plus;
import static org.tiltlens.torch.Tensors.scale;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.diffusion.LikelihoodTerms;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Predicts;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Tensors;
import org.tiltlens.unet.AdmUnet;

/**
 * What a diffusion network is trained to make small.
 *
 * <pre>
 * L_simple = w_t mean((epsilon - epsilon_theta(x_t, t))^2)          x_t = sqrt(abar_t) x_0 + sqrt(1 - abar_t) epsilon
 * L_vlb    = T KL(q(x_{t-1} | x_t, x_0) || N(mean, variance_theta)), at t = 0  -T log p(x_0 | x_1)
 * L        = L_simple + 0.001 L_vlb                                 with a learned variance, else L_simple
 * </pre>
 *
 * <p>Nichol and Dhariwal 2021, equations 14 to 16: no gradient flows through the mean in L_vlb,
 * which is in bits per dimension. {@code w_t = min(SNR_t, gamma) / SNR_t}, {@code SNR_t = abar_t /
 * (1 - abar_t)} (Hang et al. 2023, section 3.4), or 1. Of a network that tells the velocity {@code
 * v = sqrt(abar_t) epsilon - sqrt(1 - abar_t) x_0}, L_simple is of v, and {@code w_t = min(SNR_t,
 * gamma) / (SNR_t + 1)}, or 1.
 *
 * @param prediction epsilon or v
 * @param minSnrGamma gamma, above 0; infinite: no weighting
 */
record DiffusionLoss(NoiseSchedule schedule, Predicts prediction, double minSnrGamma) {
  private static final double VLB_WEIGHT = 0.001;

  /**
   * The loss of each sample, (N).
   *
   * @param x0 (N, C, H, W) images in [-1, 1]
   * @param t one step per sample
   * @param noise standard normal, of the images' shape
   * @param labels one per sample, or {@code null}
   */
  Tensor of(AdmUnet unet, Tensor x0, int[] t, Tensor noise, int[] labels) {
    Device device = unet.device();
    Tensor signal = perSample(t, i -> Math.sqrt(schedule.alphaCumprod(i)), device);
    Tensor spread = perSample(t, i -> Math.sqrt(1 - schedule.alphaCumprod(i)), device);
    Tensor xt = x0.mul(signal).add(noise.mul(spread));
    double[] timesteps = Arrays.stream(t).mapToDouble(schedule::timestep).toArray();
    Tensor output = unet.forward(xt, timesteps, labels);
    Tensor told = output.narrow(1, 0, x0.size(1));
    boolean velocity = prediction == Predicts.V;
    Tensor wanted = velocity ? noise.mul(signal).sub(x0.mul(spread)) : noise;
    Tensor simple = mean(wanted.sub(told).square(), 1, 2, 3);
    simple = simple.mul(perSample(t, this::weight, device).reshape(-1));
    if (!unet.config().learnSigma()) {
      return simple;
    }
    Tensor fraction = plus(scale(output.narrow(1, x0.size(1), x0.size(1)), 0.5), 0.5);
    Tensor epsilon = velocity ? told.mul(signal).add(xt.mul(spread)) : told;
    Tensor vlb = bits(x0, xt, epsilon.detach(), fraction, t, device);
    return simple.add(scale(vlb, VLB_WEIGHT * schedule.steps()));
  }

  /** {@code w_t}. */
  double weight(int t) {
    double snr = schedule.alphaCumprod(t) / (1 - schedule.alphaCumprod(t));
    if (prediction == Predicts.V) {
      return Double.isInfinite(minSnrGamma) ? 1 : Math.min(snr, minSnrGamma) / (snr + 1);
    }
    return Math.min(snr, minSnrGamma) / snr;
  }

  /**
   * One step's term of the variational bound in bits per dimension, (N).
   *
   * @param epsilon the predicted noise
   * @param fraction where the variance's logarithm lies between that of btilde_t (0) and of beta_t
   *     (1)
   */
  Tensor bits(Tensor x0, Tensor xt, Tensor epsilon, Tensor fraction, int[] t, Device device) {
    Tensor x0Hat =
        xt.mul(perSample(t, schedule::sqrtRecipAlphaCumprod, device))
            .sub(epsilon.mul(perSample(t, schedule::sqrtRecipm1AlphaCumprod, device)));
    Tensor coef1 = perSample(t, schedule::posteriorMeanCoef1, device);
    Tensor rest = xt.mul(perSample(t, schedule::posteriorMeanCoef2, device));
    Tensor trueMean = x0.mul(coef1).add(rest);
    Tensor modelMean = x0Hat.mul(coef1).add(rest);
    Tensor small = perSample(t, schedule::posteriorLogVarianceClipped, device);
    Tensor large = perSample(t, i -> Math.log(schedule.beta(i)), device);
    Tensor logVariance = fraction.mul(large.sub(small)).add(small);
    Tensor kl = LikelihoodTerms.gaussianKl(trueMean, small, modelMean, logVariance);
    Tensor first =
        LikelihoodTerms.discretisedLogLikelihood(x0, modelMean, scale(logVariance, 0.5)).neg();
    Tensor isFirst = perSample(t, i -> i == 0 ? 1 : 0, device);
    Tensor nats = isFirst.mul(first).add(plus(isFirst.neg(), 1).mul(kl));
    return scale(mean(nats, 1, 2, 3), 1 / Math.log(2));
  }

  /** A number per sample, (N, 1, 1, 1). */
  private static Tensor perSample(int[] t, IntToDoubleFunction value, Device device) {
    float[] values = new float[t.length];
    for (int i = 0; i < t.length; i++) {
      values[i] = (float) value.applyAsDouble(t[i]);
    }
    return device.place(Tensors.floats(values, t.length, 1, 1, 1));
  }
}
