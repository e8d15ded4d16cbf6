package org.tiltlens.checkpoint;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tiltlens.checkpoint.AllowedClasses.Storage;

/**
 * What {@code torch.save} writes since PyTorch 1.6: a zip file with {@code NAME/data.pkl}, one
 * {@code NAME/data/KEY} per storage, and {@code NAME/byteorder}.
 */
final class PytorchZip {
  static final int MAX_PICKLE = 64 << 20;
  private static final String PICKLE = "/data.pkl";

  private PytorchZip() {}

  static PytorchStore open(OpenFile file) {
    Map<String, Region> entries = ZipDirectory.read(file);
    String root = root(entries);
    requireLittleEndian(entries.get(root + "/byteorder"));

    byte[] pickle = bytes(entries.get(root + PICKLE), MAX_PICKLE, "its pickle");
    StateDictUnpickler unpickler = new StateDictUnpickler(new RangeInput(pickle));
    StateDict dict = StateDict.of(unpickler.read());

    Map<String, Region> storages = new HashMap<>();
    for (Storage storage : unpickler.storages().values()) {
      Region region = entries.get(root + "/data/" + storage.key());
      if (region == null
          || (storage.dtype() != DType.UNKNOWN && region.size() != storage.bytes())) {
        throw new CheckpointException(
            "storage '%s' should have %d bytes but has %s"
                .formatted(
                    storage.key(), storage.bytes(), region == null ? "none" : region.size()));
      }
      storages.put(storage.key(), region);
    }
    return new PytorchStore(file, dict, storages);
  }

  private static String root(Map<String, Region> entries) {
    List<String> pickles =
        entries.keySet().stream()
            .filter(name -> name.endsWith(PICKLE) && name.indexOf('/') == name.lastIndexOf('/'))
            .toList();
    if (pickles.size() != 1) {
      ForeignFile.describeZip(pickles.isEmpty() ? entries.keySet() : Set.of())
          .ifPresent(
              what -> {
                throw new CheckpointException("is " + what);
              });
      throw new CheckpointException(
          "a zip file with %d data.pkl, where PyTorch writes one".formatted(pickles.size()));
    }
    String root = pickles.get(0).substring(0, pickles.get(0).length() - PICKLE.length());
    if (isProgram(entries, root)) {
      throw new CheckpointException(
          "a TorchScript program, not a state dict: `vision` runs such a file; for its weights"
              + " alone, save torch.jit.load(...).state_dict() in Python, with safetensors");
    }
    return root;
  }

  /** Whether a file is what {@code torch.jit.save} writes: code, and constants for it. */
  static boolean isProgram(OpenFile file) {
    Map<String, Region> entries = ZipDirectory.read(file);
    return entries.keySet().stream()
        .filter(name -> name.endsWith(PICKLE))
        .anyMatch(name -> isProgram(entries, name.substring(0, name.length() - PICKLE.length())));
  }

  private static boolean isProgram(Map<String, Region> entries, String root) {
    return entries.containsKey(root + "/constants.pkl")
        || entries.keySet().stream().anyMatch(name -> name.startsWith(root + "/code/"));
  }

  private static void requireLittleEndian(Region byteOrder) {
    if (byteOrder != null) {
      String order = new String(bytes(byteOrder, 16, "its byte order"), StandardCharsets.UTF_8);
      if (!order.equals("little")) {
        throw new CheckpointException("its byte order is '" + order + "', only 'little' is read");
      }
    }
  }

  private static byte[] bytes(Region region, int limit, String what) {
    if (region.size() > limit) {
      throw new CheckpointException(
          "%s has %d bytes, at most %d are read".formatted(what, region.size(), limit));
    }
    byte[] bytes = new byte[(int) region.size()];
    int[] filled = {0};
    region.read(
        0,
        bytes.length,
        piece -> {
          int length = piece.remaining();
          piece.get(bytes, filled[0], length);
          filled[0] += length;
        });
    return bytes;
  }
}
