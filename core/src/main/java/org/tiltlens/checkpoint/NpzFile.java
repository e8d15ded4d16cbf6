package org.tiltlens.checkpoint;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What {@code numpy.savez} and {@code savez_compressed} write: a zip file with one {@code NAME.npy}
 * per array, which {@link NpyHeader} describes.
 *
 * <p>Arrays of texts, objects and other types that are not read are metadata alone, so that they
 * keep nobody from what is beside them.
 */
final class NpzFile {
  private static final String ENDING = ".npy";
  private static final String PICKLE = "/data.pkl";

  private NpzFile() {}

  /** Whether a zip file holds arrays of NumPy's and not what {@code torch.save} writes. */
  static boolean isOne(OpenFile file) {
    Map<String, Region> entries = ZipDirectory.read(file);
    return entries.keySet().stream().anyMatch(name -> name.endsWith(ENDING))
        && entries.keySet().stream().noneMatch(name -> name.endsWith(PICKLE));
  }

  static PytorchStore open(OpenFile file) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    Map<String, Region> arrays = new LinkedHashMap<>();
    ZipDirectory.read(file)
        .forEach(
            (entry, bytes) -> {
              if (entry.endsWith(ENDING)) {
                String name = entry.substring(0, entry.length() - ENDING.length());
                NpyHeader header = NpyHeader.read(name, bytes);
                if (header.isRead()) {
                  tensors.put(name, header.tensor(name));
                  arrays.put(name, new Slice(bytes, header.size(), header.arrayBytes()));
                } else {
                  metadata.put(name, header.notRead());
                }
              }
            });
    metadata.put("format", "npz");
    return new PytorchStore(file, new StateDict(tensors, metadata), arrays);
  }
}
