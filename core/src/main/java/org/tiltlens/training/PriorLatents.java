package org.tiltlens.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.Autoencoder;
import org.tiltlens.diffusion.LatentPrior;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.run.Sha256;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Tensors;
import org.tiltlens.unet.AdmUnetConfig;
import org.tiltlens.unet.DiffusersAutoencoder;
import org.tiltlens.unet.LatentCheckpoint;

/** The latents in which a prior is trained: those of an autoencoder that stays as it is. */
public final class PriorLatents implements AutoCloseable {
  private final DiffusersAutoencoder file;
  private final String hash;
  private final Autoencoder autoencoder;
  private final Device device;

  private PriorLatents(
      DiffusersAutoencoder file, String hash, Autoencoder autoencoder, Device device) {
    this.file = file;
    this.hash = hash;
    this.autoencoder = autoencoder;
    this.device = device;
  }

  /**
   * Opens those of the autoencoder in a folder.
   *
   * @param folder as {@link AutoencoderTraining} writes it, or an {@code AutoencoderKL} of
   *     diffusers
   * @throws CheckpointException if it holds none, or one that a checkpoint of latent diffusion
   *     cannot hold: of other than 32 groups, or with a shift
   * @throws IOException if it cannot be read
   */
  public static PriorLatents open(Path folder, Device device) throws IOException {
    DiffusersAutoencoder file =
        DiffusersAutoencoder.alone(folder)
            .or(() -> DiffusersAutoencoder.in(folder))
            .orElseThrow(
                () ->
                    new CheckpointException(
                        "'%s' holds no autoencoder of latents: expected a folder of an AutoencoderKL"
                            .formatted(folder)));
    if (file.groups() != LatentCheckpoint.GROUPS || file.shift() != 0) {
      throw new CheckpointException(
          ("'%s' has norms of %d groups and a shift of %s, expected %d and 0, which a checkpoint of"
                  + " latent diffusion takes for granted")
              .formatted(folder, file.groups(), file.shift(), LatentCheckpoint.GROUPS));
    }
    return new PriorLatents(file, Sha256.of(file.weights()), file.load(device), device);
  }

  /** Channels of a latent. */
  public int channels() {
    return file.channels();
  }

  /**
   * Side of the latents of images.
   *
   * @param images their side, in pixels
   * @throws IllegalArgumentException if it is no multiple of what becomes one latent
   */
  public int side(int images) {
    int by = Math.toIntExact(autoencoder.imageShape(channels(), 1, 1)[1]);
    if (images % by != 0) {
      throw new IllegalArgumentException(
          "side of the images: %d pixels, must be a multiple of %d for this autoencoder"
              .formatted(images, by));
    }
    return images / by;
  }

  /** Refuses a network that is not one of these latents. */
  void require(AdmUnetConfig network, int images) {
    if (network.inChannels() != channels() || network.imageSize() != side(images)) {
      throw new IllegalArgumentException(
          "a network of %d channels of %d x %d, expected latents of %d channels of %d x %d"
              .formatted(
                  network.inChannels(),
                  network.imageSize(),
                  network.imageSize(),
                  channels(),
                  side(images),
                  side(images)));
    }
    if (network.learnSigma()) {
      throw new IllegalArgumentException(
          "a prior of latents has a fixed variance: a learned one is trained on a likelihood of"
              + " pixels; give learn_sigma=False");
    }
  }

  /** (N, 3, H, W) -> the scaled means of their latents. */
  Tensor encode(Tensor images) {
    return autoencoder.encode(images);
  }

  /** A prior of these latents as one of images; nothing of its own to close. */
  Prior images(Prior latents) {
    return new LatentPrior(latents, autoencoder);
  }

  /** What of them decides the result of a training. */
  String describe() {
    return "%s times %s".formatted(hash, file.factor());
  }

  /**
   * A checkpoint of latent diffusion.
   *
   * @param unet a network's weights
   * @param betas of its schedule
   * @return tensors of the caller's scope
   */
  Map<String, Tensor> checkpoint(Map<String, Tensor> unet, double... betas) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    unet.forEach((name, tensor) -> tensors.put(LatentCheckpoint.UNET + name, tensor));
    try (TensorStore store = Parts.open(file.weights())) {
      for (String name : store.entries().keySet()) {
        tensors.put(LatentCheckpoint.FIRST_STAGE + name, store.load(name));
      }
    }
    // In float64, which keeps all bits whichever type the weights are stored in.
    tensors.put(LatentCheckpoint.BETAS, Tensors.doubles(betas, betas.length));
    tensors.put(LatentCheckpoint.SCALE, Tensors.doubles(new double[] {file.factor()}, 1));
    return tensors;
  }

  @Override
  public void close() {
    autoencoder.close();
  }
}
