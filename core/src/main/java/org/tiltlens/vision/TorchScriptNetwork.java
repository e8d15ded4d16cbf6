package org.tiltlens.vision;

import static org.tiltlens.torch.Tensors.mean;

import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.ScriptModule;
import org.tiltlens.torch.Tensors;

/**
 * Any image network that someone exported with {@code torch.jit.save}: images in; a vector, a
 * sequence of tokens or a map out.
 *
 * <p>A TorchScript file is a program that is run, unlike the checkpoints that {@link
 * org.tiltlens.checkpoint.Checkpoints} reads as data: open only files from people you trust. How it
 * wants its images is said by {@code NAME.json} beside {@code NAME.pt}; see {@link
 * NetworkSettings}. {@link TorchScriptModel} makes it a place of units.
 *
 * <p>Differentiable with respect to the images; its weights never require a gradient. Threads may
 * share it.
 */
public final class TorchScriptNetwork implements AutoCloseable {
  private final String name;
  private final ScriptModule module;
  private final NetworkSettings settings;
  private final Device device;

  private TorchScriptNetwork(
      String name, ScriptModule module, NetworkSettings settings, Device device) {
    this.name = name;
    this.module = module;
    this.settings = settings;
    this.device = device;
  }

  /** Loads a network with what the file beside it says. */
  public static TorchScriptNetwork open(Path file, Device device) {
    return open(file, Map.of(), device);
  }

  /**
   * Loads a network with what the file beside it says, or rather the options.
   *
   * @param options as {@link NetworkSettings} has them
   * @throws CheckpointException if the file is missing or no TorchScript, or its settings are
   *     unusable; one line
   */
  public static TorchScriptNetwork open(Path file, Map<String, String> options, Device device) {
    NetworkSettings settings = NetworkSettings.of(file, options);
    try {
      ScriptModule module = ScriptModule.load(file, device);
      return new TorchScriptNetwork(file.getFileName().toString(), module, settings, device);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException("'" + file + "': " + e.getMessage(), e);
    }
  }

  /**
   * What the network returns, as float32; the first element where it returns a tuple.
   *
   * @param images (N, 3, H, W) in [-1, 1]
   * @throws IllegalArgumentException if the images have another shape, or the network fails on them
   *     or returns no tensor; one line
   */
  public Tensor forward(Tensor images) {
    if (images.dim() != 4 || images.size(1) != 3) {
      throw new IllegalArgumentException("images are Nx3xHxW, not " + Tensors.describe(images));
    }
    return Scope.of(
        () -> {
          Tensor prepared = settings.images().apply(images, device);
          try {
            return device.compute(() -> module.forward(prepared));
          } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + name + "': " + e.getMessage(), e);
          }
        });
  }

  /**
   * One vector per image: (N, D) as it is, maps (N, D, h, w) averaged over space, sequences (N,
   * tokens, D) averaged over all their tokens.
   *
   * @param images (N, 3, H, W) in [-1, 1]
   * @return (N, D)
   * @throws IllegalArgumentException as {@link #forward}, and if it returns another shape
   */
  public Tensor features(Tensor images) {
    return Scope.of(
        () -> {
          Tensor output = forward(images);
          long dimensions = output.dim();
          if (dimensions < 2 || dimensions > 4 || output.size(0) != images.size(0)) {
            throw new IllegalArgumentException(
                "'%s' returns %s for %d images: expected NxD, NxTxD tokens or an NxDxhxw map"
                    .formatted(name, Tensors.describe(output), images.size(0)));
          }
          if (dimensions == 4) {
            return mean(output, 2, 3);
          }
          return dimensions == 3 ? mean(output, 1) : output;
        });
  }

  /** What it expects of its images, and what its tokens are. */
  NetworkSettings settings() {
    return settings;
  }

  /** One line for people and for {@code run.json}. */
  public String describe() {
    return "TorchScript network '" + name + "'";
  }

  @Override
  public void close() {
    module.close();
  }
}
