package org.tiltlens.checkpoint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.razorvine.pickle.Opcodes;
import net.razorvine.pickle.PickleException;
import net.razorvine.pickle.Unpickler;
import org.tiltlens.checkpoint.AllowedClasses.Storage;
import org.tiltlens.checkpoint.AllowedClasses.StorageType;

/**
 * Reads the pickle of a state dict, and nothing else.
 *
 * <p>The library knows how to build dates, exceptions and arrays, calls {@code __setstate__} by
 * reflection, and trusts lengths. So every opcode passes through the closed list in {@link
 * #dispatch}: those that can only make plain small data go to the library; those that name or call
 * classes, carry lengths or touch containers are done here; all others are refused. What is not
 * made of tensors and plain data becomes an {@link Opaque} value that swallows its state. Memory
 * stays within a few hundred bytes per byte read.
 */
final class StateDictUnpickler extends Unpickler {
  /** About thirty opcodes describe a tensor, so this is some sixty thousand tensors. */
  private static final int MAX_OPCODES = 2_000_000;

  private static final int MAX_NAME = 200;

  private final RangeInput bytes;
  private final Map<String, Storage> storages = new HashMap<>();
  private int opcodes;

  StateDictUnpickler(RangeInput bytes) {
    this.bytes = bytes;
  }

  /**
   * Reads one pickle and leaves the input right behind it.
   *
   * @throws CheckpointException if it is damaged or holds anything not on the list
   */
  Object read() {
    try {
      return load(bytes);
    } catch (CheckpointException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The library answers damaged input with whatever exception its code runs into.
      throw new CheckpointException("its pickle is damaged: " + e, e);
    }
  }

  /** The storages the pickle named, by key. */
  Map<String, Storage> storages() {
    return storages;
  }

  @Override
  protected Object dispatch(short key) throws PickleException, IOException {
    if (++opcodes > MAX_OPCODES) {
      throw new CheckpointException("its pickle has more than " + MAX_OPCODES + " instructions");
    }
    switch (key) {
      case Opcodes.GLOBAL -> stack.add(AllowedClasses.find(line(), line()));
      case Opcodes.STACK_GLOBAL -> {
        String name = shortName(stack.pop());
        stack.add(AllowedClasses.find(shortName(stack.pop()), name));
      }
      case Opcodes.REDUCE, Opcodes.NEWOBJ -> {
        Object args = stack.pop();
        stack.add(AllowedClasses.call(stack.pop(), args));
      }
      case Opcodes.NEWOBJ_EX -> {
        stack.pop();
        Object args = stack.pop();
        stack.add(AllowedClasses.call(stack.pop(), args));
      }
      case Opcodes.BUILD -> build();
      case Opcodes.EMPTY_DICT -> stack.add(new LinkedHashMap<>(0));
      case Opcodes.SETITEM -> {
        Object value = stack.pop();
        Object name = stack.pop();
        dict(stack.peek()).put(AllowedClasses.key(name), value);
      }
      case Opcodes.SETITEMS -> {
        List<Object> items = stack.pop_all_since_marker();
        Map<Object, Object> dict = dict(stack.peek());
        for (int i = 0; i < items.size(); i += 2) {
          dict.put(AllowedClasses.key(items.get(i)), items.get(i + 1));
        }
      }
      case Opcodes.APPEND -> {
        Object value = stack.pop();
        append(stack.peek(), Collections.singletonList(value));
      }
      case Opcodes.APPENDS, Opcodes.ADDITEMS -> {
        List<Object> items = stack.pop_all_since_marker();
        append(stack.peek(), items);
      }
      case Opcodes.EMPTY_SET -> stack.add(new ArrayList<>(0));
      case Opcodes.FROZENSET -> {
        List<Object> items = stack.pop_all_since_marker();
        stack.add(items);
      }
      case Opcodes.BINUNICODE, Opcodes.BINSTRING -> stack.add(text(little(4)));
      case Opcodes.BINUNICODE8 -> stack.add(text(little(8)));
      case Opcodes.BINBYTES -> stack.add(skipped(little(4)));
      case Opcodes.BINBYTES8, Opcodes.BYTEARRAY8 -> stack.add(skipped(little(8)));
      case Opcodes.MARK,
          Opcodes.STOP,
          Opcodes.POP,
          Opcodes.PROTO,
          Opcodes.FRAME,
          Opcodes.NONE,
          Opcodes.NEWTRUE,
          Opcodes.NEWFALSE,
          Opcodes.BININT,
          Opcodes.BININT1,
          Opcodes.BININT2,
          Opcodes.LONG1,
          Opcodes.BINFLOAT,
          Opcodes.SHORT_BINSTRING,
          Opcodes.SHORT_BINUNICODE,
          Opcodes.SHORT_BINBYTES,
          Opcodes.EMPTY_LIST,
          Opcodes.EMPTY_TUPLE,
          Opcodes.TUPLE,
          Opcodes.TUPLE1,
          Opcodes.TUPLE2,
          Opcodes.TUPLE3,
          Opcodes.BINGET,
          Opcodes.LONG_BINGET,
          Opcodes.BINPUT,
          Opcodes.LONG_BINPUT,
          Opcodes.MEMOIZE,
          Opcodes.BINPERSID -> {
        return super.dispatch(key);
      }
      default ->
          throw new CheckpointException(
              "its pickle uses instruction 0x%02x, which no state dict needs; re-save it with safetensors"
                  .formatted(key));
    }
    return NO_RETURN_VALUE;
  }

  /** {@code ("storage", class, key, location, elements)}; older files add a sixth part, None. */
  @Override
  protected Object persistentLoad(Object id) {
    if (!(id instanceof Object[] parts)
        || parts.length < 5
        || !"storage".equals(parts[0])
        || !(parts[1] instanceof StorageType type)
        || !(parts[2] instanceof String key)
        || (parts.length > 5 && parts[5] != null)) {
      throw new CheckpointException("refers to something other than a storage");
    }
    Storage storage = new Storage(key, type.dtype(), AllowedClasses.integer(parts[4]));
    Storage known = storages.putIfAbsent(key, storage);
    if (known != null && !known.equals(storage)) {
      throw new CheckpointException("describes storage '" + key + "' in contradicting ways");
    }
    return storage;
  }

  /**
   * Drops a state: state dicts carry their modules' version numbers as an attribute, tensors of
   * subclasses whatever they like.
   */
  private void build() {
    stack.pop();
    if (!(stack.peek() instanceof StoredTensor)) {
      dict(stack.peek());
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<Object, Object> dict(Object target) {
    return target instanceof Opaque opaque ? opaque.entries() : (Map<Object, Object>) target;
  }

  @SuppressWarnings("unchecked")
  private static void append(Object target, List<Object> items) {
    if (!(target instanceof Opaque)) {
      ((List<Object>) target).addAll(items);
    }
  }

  /** Within a length that keeps a name's cost in proportion to what it takes to state it. */
  private static String shortName(Object name) {
    if (name instanceof String text && text.length() <= MAX_NAME) {
      return text;
    }
    throw new CheckpointException("its pickle is damaged: a class name is no short text");
  }

  private Object skipped(long length) throws IOException {
    requireRemaining(length);
    bytes.skipNBytes(length);
    return new Opaque("builtins.bytes");
  }

  private String line() {
    StringBuilder line = new StringBuilder();
    for (int c = bytes.read(); c != '\n'; c = bytes.read()) {
      if (c < 0 || line.length() == MAX_NAME) {
        throw new CheckpointException("its pickle is damaged: a class name does not end");
      }
      line.append((char) c);
    }
    return line.toString();
  }

  private long little(int count) {
    long value = 0;
    for (int i = 0; i < count; i++) {
      value |= (bytes.read() & 0xffL) << (8 * i);
    }
    return value;
  }

  private String text(long length) throws IOException {
    requireRemaining(length);
    return new String(bytes.readNBytes((int) length), StandardCharsets.UTF_8);
  }

  private void requireRemaining(long length) {
    if (length < 0 || length > bytes.remaining()) {
      throw new CheckpointException("its pickle is damaged: a text does not end");
    }
  }
}
