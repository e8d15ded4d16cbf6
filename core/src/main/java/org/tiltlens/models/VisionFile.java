package org.tiltlens.models;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.run.SpecException;
import org.tiltlens.torch.Device;
import org.tiltlens.vision.Beside;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.NetworkSettings;
import org.tiltlens.vision.TorchScriptModel;
import org.tiltlens.vision.VisionCheckpoint;
import org.tiltlens.vision.VisionModel;

/** Opens a vision model by its name in a spec. */
public final class VisionFile {
  /** Option: which of a file's networks to take; see {@link org.tiltlens.checkpoint.Parts}. */
  public static final String PART = VisionCheckpoint.PART;

  private VisionFile() {}

  /**
   * The model up to the hook point; what comes later is not loaded.
   *
   * @param options what its file does not tell: of a TorchScript network see {@link
   *     NetworkSettings}, of any other {@link VisionCheckpoint#OPTIONS}
   */
  public static VisionModel open(
      String name, Map<String, String> options, HookPoint hook, Device device) {
    Path path = Named.resolve(name);
    if (isTorchScript(name)) {
      return TorchScriptModel.open(path, options, device);
    }
    return ModelKind.VISION.open(
        path, () -> VisionCheckpoint.open(path, options, device, Optional.of(hook)));
  }

  /** What the user should know of it: see {@link VisionCheckpoint#warning}. */
  public static Optional<String> warning(String name, Map<String, String> options) {
    return isTorchScript(name)
        ? Optional.empty()
        : VisionCheckpoint.warning(Named.resolve(name), options);
  }

  static boolean isTorchScript(String name) {
    return Checkpoints.isProgram(Named.resolve(name));
  }

  /** The files and folders that decide what the model is, as a spec names them. */
  public static List<String> names(String name) {
    Path path = Named.resolve(name);
    // A folder is named with all that is in it.
    Path settings =
        isTorchScript(name)
            ? NetworkSettings.beside(path)
            : path.resolveSibling(Beside.PREPROCESSOR);
    if (!isTorchScript(name) && !Beside.hasPreprocessor(path)) {
      return List.of(name);
    }
    String folder = name.substring(0, name.length() - path.getFileName().toString().length());
    return Files.exists(settings) ? List.of(name, folder + settings.getFileName()) : List.of(name);
  }

  /**
   * Where units are read: at {@code hook}, or if that is null at a TorchScript network's only hook
   * point, or where the dictionary was trained.
   *
   * @param name of the vision model
   * @throws IllegalArgumentException if none of them says
   */
  public static HookPoint hook(String name, String hook, Optional<SparseDictionary> dictionary) {
    if (hook != null) {
      return HookPoint.parse(hook);
    }
    if (isTorchScript(name)) {
      return TorchScriptModel.OUTPUT;
    }
    return dictionary
        .map(SparseDictionary::hookPoint)
        .orElseThrow(
            () ->
                new SpecException(
                    "where is the unit? give {hook}, such as stages.2.20.hook_resid_pre"));
  }
}
