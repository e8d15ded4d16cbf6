package org.tiltlens.vision;

import java.nio.file.Path;
import java.util.Optional;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Device;

/** Opens a checkpoint of DINOv3, whichever of its networks it holds. */
public final class DinoV3 {
  private DinoV3() {}

  /**
   * Loads the network, or its part up to a hook point, for images normalised as for ImageNet.
   *
   * @param path a file or a folder, with Meta's or Hugging Face's names
   * @param last the last hook point wanted; later blocks are neither needed nor loaded
   * @throws CheckpointException if it holds neither a ConvNeXt nor a ViT of DINOv3, or its tensors
   *     do not fit; one line
   * @throws IllegalArgumentException if {@code last} does not exist
   */
  public static PooledModel open(Path path, Device device, Optional<HookPoint> last) {
    try (TensorStore store = Checkpoints.open(path)) {
      if (ConvNextNames.in(store).isPresent()) {
        return DinoConvNext.open(store, device, Normalisation.IMAGENET, last);
      }
      if (VitNames.in(store).isPresent()) {
        VitSettings settings = VitSettings.of(Checkpoints.config(path), store.metadata());
        return DinoVit.open(store, settings, device, Normalisation.IMAGENET, last);
      }
      throw new CheckpointException(
          "%s holds no ConvNeXt and no ViT of DINOv3: it has no tensor '%s' or '%s' (ConvNeXt) and"
                  .formatted(
                      store.source(), ConvNextNames.META_STEM, ConvNextNames.HUGGING_FACE_STEM)
              + " no '%s' (without 'pos_embed') or '%s' (ViT)"
                  .formatted(VitNames.META_STEM, VitNames.HUGGING_FACE_STEM));
    }
  }
}
