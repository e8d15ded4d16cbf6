package org.tiltlens.checkpoint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.razorvine.pickle.IObjectConstructor;

/**
 * The closed list of Python classes and functions that a state dict may name. None of them runs
 * anything: each becomes plain data.
 */
final class AllowedClasses {
  /** A storage class; {@code dtype} is U8 where the class leaves it open. */
  record StorageType(DType dtype) {}

  /** A storage that tensors of the pickle look into. */
  record Storage(String key, DType dtype, long elements) {
    Storage {
      if (elements < 0 || elements > Long.MAX_VALUE / dtype.bytes()) {
        throw new CheckpointException("storage '" + key + "' has " + elements + " elements");
      }
    }

    long bytes() {
      return elements * dtype.bytes();
    }
  }

  private static final Map<String, Object> ALLOWED = allowed();

  private AllowedClasses() {}

  /** What stands for {@code module.name} in the unpickled tree. */
  static Object find(String module, String name) {
    String full = module + "." + name;
    Object allowed = ALLOWED.get(full);
    if (allowed == null) {
      throw new CheckpointException(
          ("holds a pickled '%s', which is not on the list of harmless classes: of a whole model"
                  + " save its state_dict(), with torch.save or safetensors")
              .formatted(full));
    }
    return allowed;
  }

  private static Map<String, Object> allowed() {
    Map<String, Object> allowed = new HashMap<>();
    allow(allowed, "collections.OrderedDict", AllowedClasses::orderedDict);
    allow(allowed, "torch._utils._rebuild_tensor", AllowedClasses::tensor);
    allow(allowed, "torch._utils._rebuild_tensor_v2", AllowedClasses::tensor);
    allow(allowed, "torch._utils._rebuild_tensor_v3", AllowedClasses::typedTensor);
    allow(allowed, "torch._utils._rebuild_parameter", args -> args[0]);
    allow(allowed, "torch.Size", args -> args[0]);
    allow(allowed, "torch.device", args -> args[0]);
    for (String builtins : List.of("builtins", "__builtin__")) {
      for (String container : List.of("set", "frozenset", "list", "tuple")) {
        allow(allowed, builtins + "." + container, args -> args.length == 0 ? args : args[0]);
      }
    }
    Map.of(
            "Double", DType.F64,
            "Float", DType.F32,
            "Half", DType.F16,
            "BFloat16", DType.BF16,
            "Long", DType.I64,
            "Int", DType.I32,
            "Short", DType.I16,
            "Char", DType.I8,
            "Byte", DType.U8,
            "Bool", DType.BOOL)
        .forEach((name, dtype) -> allowed.put("torch." + name + "Storage", new StorageType(dtype)));
    allowed.put("torch.storage.UntypedStorage", new StorageType(DType.U8));
    allowed.put("torch.UntypedStorage", new StorageType(DType.U8));
    Map<String, DType> dtypes = new HashMap<>();
    dtypes.put("float64", DType.F64);
    dtypes.put("float32", DType.F32);
    dtypes.put("float16", DType.F16);
    dtypes.put("bfloat16", DType.BF16);
    dtypes.put("float8_e4m3fn", DType.F8_E4M3);
    dtypes.put("float8_e5m2", DType.F8_E5M2);
    dtypes.put("int64", DType.I64);
    dtypes.put("int32", DType.I32);
    dtypes.put("int16", DType.I16);
    dtypes.put("int8", DType.I8);
    dtypes.put("uint64", DType.U64);
    dtypes.put("uint32", DType.U32);
    dtypes.put("uint16", DType.U16);
    dtypes.put("uint8", DType.U8);
    dtypes.put("bool", DType.BOOL);
    dtypes.forEach((name, dtype) -> allowed.put("torch." + name, dtype));
    return allowed;
  }

  private static void allow(Map<String, Object> allowed, String name, IObjectConstructor call) {
    allowed.put(name, call);
  }

  /** {@code OrderedDict()} or {@code OrderedDict([(key, value), ...])}. */
  private static Object orderedDict(Object[] args) {
    Map<Object, Object> dict = new LinkedHashMap<>();
    if (args.length > 0) {
      for (Object pair : (List<?>) args[0]) {
        Object[] item = pair instanceof List<?> list ? list.toArray() : (Object[]) pair;
        dict.put(key(item[0]), item[1]);
      }
    }
    return dict;
  }

  /** A dictionary key; containers are refused since hashing them may not end. */
  static Object key(Object key) {
    if (key instanceof String || key instanceof Number || key instanceof Boolean) {
      return key;
    }
    throw new CheckpointException(
        "holds a dictionary with keys that are neither texts nor numbers");
  }

  /** {@code (storage, offset, size, stride, ...)}. */
  private static Object tensor(Object[] args) {
    Storage storage = (Storage) args[0];
    return tensor(storage, storage.dtype(), storage.elements(), args);
  }

  /** {@code (storage, offset, size, stride, requires_grad, hooks, dtype, ...)}. */
  private static Object typedTensor(Object[] args) {
    Storage storage = (Storage) args[0];
    DType dtype = (DType) args[6];
    return tensor(storage, dtype, storage.bytes() / dtype.bytes(), args);
  }

  private static Object tensor(Storage storage, DType dtype, long elements, Object[] args) {
    return new StoredTensor(
        storage.key(), elements, dtype, integer(args[1]), integers(args[2]), integers(args[3]));
  }

  static long integer(Object value) {
    if (value instanceof Integer || value instanceof Long) {
      return ((Number) value).longValue();
    }
    throw new CheckpointException("holds a tensor whose sizes are not whole numbers");
  }

  private static List<Long> integers(Object tuple) {
    List<Object> values =
        tuple instanceof List<?> list ? new ArrayList<>(list) : Arrays.asList((Object[]) tuple);
    if (values.size() > Shapes.MAX_DIMENSIONS) {
      throw new CheckpointException("holds a tensor of " + values.size() + " dimensions");
    }
    return values.stream().map(AllowedClasses::integer).toList();
  }
}
