package org.tiltlens.diffusion;

import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Device;

/** Finds an ADM UNet in a checkpoint and tells its options from its tensors. */
public final class AdmCheckpoint {
  /** A tensor that every ADM UNet has; what stands before it is the checkpoint's prefix. */
  private static final String LANDMARK = "time_embed.0.weight";

  private AdmCheckpoint() {}

  /**
   * The options that the tensors' names and shapes show.
   *
   * <p>They show everything except the image size and how attention is split into heads.
   *
   * @param imageSize side of the images the network was trained on
   * @param heads how attention is split; a wrong guess gives wrong images, not an error
   * @throws CheckpointException if the checkpoint holds no ADM UNet
   */
  public static AdmUnetConfig recognise(TensorStore store, int imageSize, AttentionHeads heads) {
    TensorStore network = network(store);
    NavigableMap<String, List<Long>> shapes = new TreeMap<>();
    network.entries().forEach((name, info) -> shapes.put(name, info.shape()));
    return new AdmRecognition(store.source(), shapes).config(imageSize, heads);
  }

  static Weights weights(TensorStore store, AdmUnetConfig config, Device device) {
    return Weights.load(
        network(store), AdmLayout.shapes(config), UnaryOperator.identity(), List.of(), device);
  }

  /** The network's tensors by their names in guided-diffusion; they may share a prefix. */
  private static TensorStore network(TensorStore store) {
    List<String> landmarks =
        store.entries().keySet().stream()
            .filter(name -> name.equals(LANDMARK) || name.endsWith("." + LANDMARK))
            .toList();
    if (landmarks.size() != 1) {
      throw new CheckpointException(
          store.source()
              + " is no checkpoint of an ADM UNet: expected one tensor '"
              + LANDMARK
              + "', found "
              + landmarks.size());
    }
    String landmark = landmarks.get(0);
    String prefix = landmark.substring(0, landmark.length() - LANDMARK.length());
    return prefix.isEmpty() ? store : store.under(prefix);
  }
}
