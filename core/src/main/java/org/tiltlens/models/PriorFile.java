package org.tiltlens.models;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.torch.Device;
import org.tiltlens.unet.AdmCheckpoint;
import org.tiltlens.unet.AdmUnet;
import org.tiltlens.unet.AdmUnetConfig;

/**
 * Opens a diffusion prior: the tensors tell the network, options tell the rest.
 *
 * <p>Options have guided-diffusion's names ({@code image_size}, {@code num_head_channels}, {@code
 * sigma_small}, ...) and may stand in the checkpoint's own metadata; {@code label} tells a
 * class-conditional network which class to draw, {@code part} which of several networks is meant.
 */
public final class PriorFile {
  /** Option: which of a file's networks to take; see {@link Parts}. */
  public static final String PART = "part";

  /** guided-diffusion's options; the tensors show most of them, but a user may state them all. */
  private static final Set<String> KNOWN =
      Set.of(
          "image_size",
          "num_channels",
          "num_res_blocks",
          "channel_mult",
          "learn_sigma",
          "class_cond",
          "use_checkpoint",
          "attention_resolutions",
          "num_heads",
          "num_head_channels",
          "num_heads_upsample",
          "use_scale_shift_norm",
          "dropout",
          "resblock_updown",
          "use_fp16",
          "use_new_attention_order",
          "sigma_small",
          "rescale_timesteps",
          "clip_denoised",
          "label",
          "prediction",
          "predict_xstart",
          PART);

  private PriorFile() {}

  /** The steps that are taken of the schedule a prior was trained with. */
  public static NoiseSchedule schedule(String name, int baseSteps, String respacing) {
    return NoiseSchedule.named(name, baseSteps).respaced(respacing);
  }

  /** Refuses options nobody would look at. */
  public static void check(Map<String, String> options) {
    for (String name : options.keySet()) {
      if (!KNOWN.contains(name)) {
        throw new IllegalArgumentException(
            "unknown prior option '"
                + name
                + "': use one of "
                + String.join(", ", new TreeSet<>(KNOWN)));
      }
    }
  }

  /**
   * A prior's network, and how it was trained.
   *
   * @param denoiser the network
   * @param options what its file and a spec say
   */
  record Network(Denoiser denoiser, DiffusionPrior.Options options) implements AutoCloseable {
    @Override
    public void close() {
      denoiser.close();
    }
  }

  /**
   * Opens a prior's network.
   *
   * @param stated what a spec says of it, before what its file says
   */
  static Network open(Path path, Map<String, String> stated, Device device) {
    try (TensorStore whole = Parts.open(path)) {
      TensorStore store =
          Optional.ofNullable(stated.get(PART)).map(AdmCheckpoint.parts(whole)::only).orElse(whole);
      Map<String, String> options = new TreeMap<>(store.metadata());
      options.putAll(stated);
      AdmUnetConfig config = AdmCheckpoint.recognise(store, options);
      DiffusionPrior.Options read = AdmCheckpoint.options(config, options);
      return new Network(AdmUnet.load(store, config, device), read);
    }
  }
}
