package org.tiltlens.checkpoint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import net.razorvine.pickle.IObjectConstructor;

/**
 * The closed list of Python classes and functions that tensors are made of. None of them runs
 * anything: each becomes plain data, and what is not on the list an {@link Opaque} value.
 */
final class AllowedClasses {
  /** A storage class; {@code dtype} is U8 where the class leaves it open. */
  record StorageType(DType dtype) {}

  /** A storage that tensors of the pickle look into. */
  record Storage(String key, DType dtype, long elements) {
    Storage {
      if (elements < 0 || elements > Long.MAX_VALUE / WIDEST) {
        throw new CheckpointException("storage '" + key + "' has " + elements + " elements");
      }
    }

    /** Meaningless if the element type is unknown. */
    long bytes() {
      return elements * dtype.bytes();
    }

    /** The most elements of a type that may lie in it. */
    long elements(DType as) {
      if (as == dtype) {
        return elements;
      }
      return as.bytes() > 0 ? bytes() / as.bytes() : elements * WIDEST;
    }
  }

  /** No element type has more bytes; no byte has more elements. */
  private static final long WIDEST = 16;

  private static final Map<String, Object> ALLOWED = allowed();

  /** No checkpoint needs them, and Python would run programs with them. */
  private static final Pattern HOSTILE =
      Pattern.compile(
          "(os|posix|nt|subprocess|sys|shutil|socket|importlib|runpy|pty|ctypes|webbrowser)\\..*"
              + "|(builtins|__builtin__)\\.(eval|exec|execfile|compile|__import__|open|breakpoint)");

  private AllowedClasses() {}

  /** What stands for {@code module.name} in the unpickled tree. */
  static Object find(String module, String name) {
    String full = module + "." + name;
    Object allowed = ALLOWED.get(full);
    if (allowed != null) {
      return allowed;
    }
    if (HOSTILE.matcher(full).matches()) {
      throw new CheckpointException(
          "holds a pickled '%s', with which Python would run programs: do not trust this file"
              .formatted(full));
    }
    return full.startsWith("torch.") && full.endsWith("Storage")
        ? new StorageType(DType.UNKNOWN)
        : new Opaque(full);
  }

  /** What stands for {@code callee(*args)}. */
  static Object call(Object callee, Object args) {
    return callee instanceof Opaque unknown
        ? unknown.called()
        : ((IObjectConstructor) callee).construct((Object[]) args);
  }

  private static Map<String, Object> allowed() {
    Map<String, Object> allowed = new HashMap<>();
    allow(allowed, "collections.OrderedDict", AllowedClasses::orderedDict);
    allow(allowed, "collections.defaultdict", args -> new LinkedHashMap<>());
    allow(allowed, "torch._utils._rebuild_tensor", AllowedClasses::tensor);
    allow(allowed, "torch._utils._rebuild_tensor_v2", AllowedClasses::tensor);
    allow(allowed, "torch._utils._rebuild_tensor_v3", AllowedClasses::typedTensor);
    allow(allowed, "torch._utils._rebuild_parameter", args -> args[0]);
    allow(allowed, "torch._utils._rebuild_parameter_with_state", args -> args[0]);
    allow(allowed, "torch._tensor._rebuild_from_type_v2", args -> call(args[0], args[2]));
    allow(allowed, "torch.Size", args -> args[0]);
    allow(allowed, "torch.device", args -> args[0]);
    for (String builtins : List.of("builtins", "__builtin__")) {
      for (String container : List.of("set", "frozenset", "list", "tuple")) {
        allow(allowed, builtins + "." + container, args -> args.length == 0 ? args : args[0]);
      }
    }
    allowed.put("torch.ComplexFloatStorage", new StorageType(DType.C64));
    allowed.put("torch.ComplexDoubleStorage", new StorageType(DType.C128));
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
    dtypes.put("float8_e8m0fnu", DType.F8_E8M0);
    dtypes.put("complex64", DType.C64);
    dtypes.put("complex128", DType.C128);
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

  /** A dictionary key; lists and dictionaries, which Python refuses too, may hash without end. */
  static Object key(Object key) {
    if (key instanceof List || key instanceof Map) {
      throw new CheckpointException("holds a dictionary whose keys are lists or dictionaries");
    }
    return key;
  }

  /** {@code (storage, offset, size, stride, ...)}. */
  private static Object tensor(Object[] args) {
    return args[0] instanceof Storage storage
        ? tensor(storage, storage.dtype(), args)
        : ((Opaque) args[0]).called();
  }

  /** {@code (storage, offset, size, stride, requires_grad, hooks, dtype, ...)}. */
  private static Object typedTensor(Object[] args) {
    DType dtype = args[6] instanceof Opaque ? DType.UNKNOWN : (DType) args[6];
    return args[0] instanceof Storage storage
        ? tensor(storage, dtype, args)
        : ((Opaque) args[0]).called();
  }

  private static Object tensor(Storage storage, DType dtype, Object[] args) {
    return new StoredTensor(
        storage.key(),
        storage.elements(dtype),
        dtype,
        integer(args[1]),
        integers(args[2]),
        integers(args[3]));
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
