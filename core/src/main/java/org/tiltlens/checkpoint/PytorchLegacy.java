package org.tiltlens.checkpoint;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tiltlens.checkpoint.AllowedClasses.Storage;

/**
 * What {@code torch.save} wrote before PyTorch 1.6: the pickles of a magic number, a protocol
 * number, the system's properties, the object and the list of storage keys; then, for each key, the
 * number of elements (int64) and the elements.
 */
final class PytorchLegacy {
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final long PROTOCOL = 1001;

  private PytorchLegacy() {}

  static PytorchStore open(OpenFile file) {
    RangeInput input = new RangeInput(file::bytes, 0, file.size());
    Object first = new StateDictUnpickler(input).read();
    if (first instanceof Opaque object) {
      throw StateDict.wholeObject(object.name());
    }
    if (!MAGIC.equals(first)) {
      throw new CheckpointException("a pickle, but not one of PyTorch's");
    }
    if (AllowedClasses.integer(new StateDictUnpickler(input).read()) != PROTOCOL) {
      throw new CheckpointException("an unknown version of PyTorch's old format");
    }
    if (!(new StateDictUnpickler(input).read() instanceof Map<?, ?> system)
        || !Boolean.TRUE.equals(system.get("little_endian"))) {
      throw new CheckpointException("was not written on a little-endian machine");
    }
    StateDictUnpickler unpickler = new StateDictUnpickler(input);
    StateDict dict = StateDict.of(unpickler.read());
    if (!(new StateDictUnpickler(input).read() instanceof List<?> keys)) {
      throw new CheckpointException("its list of storages is damaged");
    }
    return new PytorchStore(file, dict, storages(file, input.position(), keys, unpickler));
  }

  private static Map<String, Region> storages(
      OpenFile file, long start, List<?> keys, StateDictUnpickler unpickler) {
    Map<String, Storage> declared = unpickler.storages();
    Map<String, Region> storages = new HashMap<>();
    long at = start;
    for (Object key : keys) {
      Storage storage = key instanceof String text ? declared.get(text) : null;
      if (storage == null || storages.containsKey(storage.key())) {
        throw new CheckpointException("its list of storages names '" + key + "' out of place");
      }
      if (storage.dtype() == DType.UNKNOWN) {
        throw new CheckpointException(
            "storage '%s' has elements of an unknown size, which PyTorch's old format does not tell:"
                    .formatted(key)
                + " save it again, with a PyTorch since 1.6");
      }
      long elements = ByteBuffer.wrap(file.bytes(at, 8)).order(ByteOrder.LITTLE_ENDIAN).getLong();
      at += 8;
      if (elements != storage.elements() || storage.bytes() > file.size() - at) {
        throw new CheckpointException(
            "storage '%s' should have %d elements but has %d, or is cut short"
                .formatted(key, storage.elements(), elements));
      }
      storages.put(storage.key(), new Slice(file, at, storage.bytes()));
      at += storage.bytes();
    }
    if (storages.size() != declared.size() || at != file.size()) {
      throw new CheckpointException("its list of storages does not match what follows it");
    }
    return storages;
  }
}
