package org.tiltlens.vision;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Device;

/** Opens a checkpoint of DINOv3, whichever of its networks it holds. */
public final class DinoV3 {
  private DinoV3() {}

  /**
   * The names of tensors that stand among the network's and are not needed, such as a classifier's
   * head.
   *
   * @param config the text of the {@code config.json} beside the checkpoint, if there is one
   * @throws CheckpointException if {@link #open} would refuse the checkpoint
   */
  public static List<String> leftOut(TensorStore store, Optional<String> config) {
    return ConvNextNames.in(store).isPresent()
        ? DinoConvNext.leftOut(store)
        : DinoVit.leftOut(store, VitSettings.of(config, store.metadata()));
  }

  /** The networks in a checkpoint, by their stems. */
  public static Parts parts(TensorStore store) {
    return Parts.of(
        store,
        ConvNextNames.META_STEM,
        ConvNextNames.HUGGING_FACE_STEM,
        VitNames.META_STEM,
        VitNames.HUGGING_FACE_STEM);
  }

  /**
   * Loads the network, or its part up to a hook point, for images normalised as its metadata say,
   * else as for ImageNet.
   *
   * @param path a file or a folder, with Meta's or Hugging Face's names
   * @param last the last hook point wanted; later blocks are neither needed nor loaded
   * @throws CheckpointException if it holds neither a ConvNeXt nor a ViT of DINOv3, or its tensors
   *     do not fit; one line
   * @throws IllegalArgumentException if {@code last} does not exist
   */
  public static PooledModel open(Path path, Device device, Optional<HookPoint> last) {
    return open(path, Optional.empty(), device, last);
  }

  /**
   * The same of one network of several in a checkpoint.
   *
   * @param part what stands before its tensors' names, such as {@code teacher.backbone.}; by
   *     default see {@link Parts#usual}
   */
  public static PooledModel open(
      Path path, Optional<String> part, Device device, Optional<HookPoint> last) {
    try (TensorStore whole = Parts.open(path)) {
      TensorStore store = part.map(parts(whole)::only).orElse(whole);
      if (ConvNextNames.in(store).isPresent()) {
        return DinoConvNext.open(store, device, Normalisation.stated(store), last);
      }
      if (VitNames.in(store).isPresent()) {
        VitSettings settings = VitSettings.of(Checkpoints.config(path), store.metadata());
        return DinoVit.open(store, settings, device, Normalisation.stated(store), last);
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
