package org.tiltlens.diffusion;

import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Device;

/**
 * A prior of latents as one of images: its paths and their noise are of latents, which a decoder
 * makes images of.
 *
 * <pre>
 * z ~ p(z)     x = D(z)     q_beta(z) ∝ p(z) exp(beta s(D(z)))
 * </pre>
 *
 * <p>Rombach et al. 2022, section 3.2. The tilt is of the latents: its log Z and KL are also those
 * of the images, of which it is the tilt too, as D is a function. Bits per dimension are of the
 * latents.
 */
public final class LatentPrior implements Prior {
  private final Prior latents;
  private final Autoencoder autoencoder;

  /** Takes over both. */
  public LatentPrior(Prior latents, Autoencoder autoencoder) {
    this.latents = latents;
    this.autoencoder = autoencoder;
  }

  @Override
  public NoiseSchedule schedule() {
    return latents.schedule();
  }

  @Override
  public long[] imageShape() {
    return autoencoder.imageShape(latents.noiseShape());
  }

  @Override
  public long[] noiseShape() {
    return latents.noiseShape();
  }

  @Override
  public boolean isLatent() {
    return true;
  }

  @Override
  public Tensor decode(Tensor x0) {
    return autoencoder.decode(x0);
  }

  @Override
  public Tensor decodeBack(Tensor x0, Tensor gradient) {
    return autoencoder.decodeBack(x0, gradient);
  }

  @Override
  public Tensor encode(Tensor images) {
    return autoencoder.encode(device().place(images));
  }

  @Override
  public Device device() {
    return latents.device();
  }

  @Override
  public Prediction predict(Tensor xt, int t) {
    return latents.predict(xt, t);
  }

  @Override
  public List<Prediction> predictEach(Tensor xt, int... t) {
    return latents.predictEach(xt, t);
  }

  @Override
  public boolean isMixture() {
    return latents.isMixture();
  }

  @Override
  public Prior along(Supplier<Tensor> beginnings) {
    return isMixture() ? new LatentPrior(latents.along(beginnings), autoencoder) : this;
  }

  @Override
  public void close() {
    latents.close();
    autoencoder.close();
  }
}
