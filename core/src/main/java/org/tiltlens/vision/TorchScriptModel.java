package org.tiltlens.vision;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * A {@link TorchScriptNetwork} as a vision model with one hook point: what it returns.
 *
 * <pre>
 *   it returns               module.hook_output     @cls           @storage
 *   a vector  (N, D)         (N, D, 1, 1)
 *   tokens    (N, T, D)      (N, D, h, w)           (N, D, 1, 1)   (N, D, 1, S)
 *   a map     (N, D, h, w)   (N, D, h, w)
 * </pre>
 *
 * <p>To read a place inside a network, export the network up to there. Which tokens are which is
 * said by {@link TokenLayout}. The network runs once when opened, to tell the shape of what it
 * returns; it must return the same for each image, however many images there are. The file is a
 * program that is run: open only files from people you trust.
 */
public final class TorchScriptModel implements VisionModel {
  /** Where it can be read. */
  public static final HookPoint OUTPUT = new HookPoint("module", HookPoint.Site.OUTPUT);

  private final TorchScriptNetwork network;
  private final TokenLayout layout;
  private final List<HookPoint> hookPoints;

  /** Of one image's output: (1, D), (1, T, D) or (1, D, h, w). */
  private final long[] shape;

  /** Takes {@code network} over. */
  private TorchScriptModel(TorchScriptNetwork network) {
    this.network = network;
    layout = network.settings().tokens();
    shape = shapeOfOne();
    requireLayout();
    boolean tokens = shape.length == 3;
    hookPoints =
        Stream.of(HookPoint.Tokens.values())
            .filter(
                which ->
                    switch (which) {
                      case PATCHES -> true;
                      case CLS -> tokens && layout.cls();
                      case STORAGE -> tokens && layout.storage() > 0;
                    })
            .map(OUTPUT::of)
            .toList();
  }

  /**
   * Loads a network with what the file beside it and the options say; see {@link NetworkSettings}.
   *
   * @throws CheckpointException if the file is missing or no TorchScript, its settings are unusable
   *     or say no size, or it returns what is neither a vector, tokens nor a map; one line
   */
  public static TorchScriptModel open(Path file, Map<String, String> options, Device device) {
    TorchScriptNetwork network = TorchScriptNetwork.open(file, options, device);
    try {
      return new TorchScriptModel(network);
    } catch (IllegalArgumentException e) {
      network.close();
      throw new CheckpointException(e.getMessage(), e);
    } catch (RuntimeException | Error e) {
      network.close();
      throw e;
    }
  }

  private long[] shapeOfOne() {
    int size =
        network
            .settings()
            .images()
            .size()
            .orElseThrow(
                () ->
                    wrong(
                        "the size of its images is not stated: give their side in pixels as"
                            + " \"size\" in the .json beside it, or as an option, size=224"));
    long[] found;
    try (Scope scope = Scope.open()) {
      found = Tensors.shape(network.forward(Tensors.zeros(1, 3, size, size)));
    }
    boolean empty = Arrays.stream(found).anyMatch(length -> length < 1);
    if (found.length < 2 || found.length > 4 || found[0] != 1 || empty) {
      throw wrong(
          "it returns %s for one image: expected 1xD, 1xTxD tokens or a 1xDxhxw map"
              .formatted(Tensors.describe(found)));
    }
    return found;
  }

  /**
   * One line about a file, which is not run.
   *
   * @return empty if it is no TorchScript file
   * @throws org.tiltlens.checkpoint.CheckpointException if the settings beside it are unusable
   */
  public static Optional<String> describe(Path file) {
    if (!Checkpoints.isProgram(file)) {
      return Optional.empty();
    }
    NetworkSettings settings = NetworkSettings.of(file, Map.of());
    Preprocessing images = settings.images();
    return Optional.of(
        "TorchScript network, read at %s; a program, run only where it is named as the vision model; images: %s, %s, mean %s, std %s; %d tokens before the patches"
            .formatted(
                OUTPUT,
                images.size().isPresent()
                    ? images.size().getAsInt() + " pixels"
                    : "size not said, give it in " + NetworkSettings.beside(file).getFileName(),
                images.channels().name().toLowerCase(Locale.ROOT),
                images.mean(),
                images.std(),
                settings.tokens().prefix()));
  }

  private void requireLayout() {
    if (shape.length == 3) {
      try {
        layout.grid(shape[1]);
      } catch (IllegalArgumentException e) {
        throw wrong(e.getMessage());
      }
    } else if (!layout.equals(TokenLayout.DEFAULT)) {
      throw wrong(
          "prefix_tokens, cls and map are said of tokens, but it returns %s for one image"
              .formatted(Tensors.describe(shape)));
    }
  }

  private IllegalArgumentException wrong(String why) {
    return new IllegalArgumentException(network.describe() + ": " + why);
  }

  @Override
  public Tensor activations(Tensor images, HookPoint at) {
    require(at);
    return Scope.of(
        () -> {
          Tensor output = network.forward(images);
          requireShape(output, images.size(0));
          return switch (shape.length) {
            case 2 -> output.unsqueeze(2).unsqueeze(3); // (N, D) -> (N, D, 1, 1)
            case 3 -> layout.of(output, at.tokens()); // (N, T, D) -> (N, D, h, w)
            default -> output;
          };
        });
  }

  private void requireShape(Tensor output, long images) {
    long[] expected = shape.clone();
    expected[0] = images;
    if (!Arrays.equals(Tensors.shape(output), expected)) {
      throw wrong(
          "it returns %s for %d images, expected %s: trace it with a batch that may change"
              .formatted(Tensors.describe(output), images, Tensors.describe(expected)));
    }
  }

  @Override
  public List<HookPoint> hookPoints() {
    return hookPoints;
  }

  @Override
  public int channels(HookPoint at) {
    require(at);
    return Math.toIntExact(shape.length == 3 ? shape[2] : shape[1]);
  }

  @Override
  public HookPoint require(HookPoint at) {
    if (!hookPoints.contains(at)) {
      throw new IllegalArgumentException(
          "hook point '%s' does not exist: %s has %s"
                  .formatted(
                      at,
                      network.describe(),
                      hookPoints.stream()
                          .map(HookPoint::toString)
                          .collect(Collectors.joining(", ")))
              + (shape.length == 3 ? "; prefix_tokens and cls tell of other tokens" : ""));
    }
    return at;
  }

  /** One line: {@code TorchScript network 'map.pt', returns 1x6x4x4 for one image}. */
  @Override
  public String describe() {
    return network.describe() + ", returns " + Tensors.describe(shape) + " for one image";
  }

  @Override
  public void close() {
    network.close();
  }
}
