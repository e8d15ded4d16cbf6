package org.tiltlens.checkpoint;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * The tensors of a file as strided windows into storages: of PyTorch, whichever way it keeps them,
 * or of NumPy, one storage per array.
 */
final class PytorchStore extends FileStore {
  private final OpenFile file;
  private final Map<String, StoredTensor> tensors;
  private final Map<String, Region> storages;

  /**
   * @param storages the bytes by storage key; each at least as long as the tensors say
   */
  PytorchStore(OpenFile file, StateDict dict, Map<String, Region> storages) {
    super(file.path().toString(), entries(dict.tensors()), dict.metadata());
    this.file = file;
    this.tensors = dict.tensors();
    this.storages = storages;
  }

  private static Map<String, TensorInfo> entries(Map<String, StoredTensor> tensors) {
    Map<String, TensorInfo> entries = new LinkedHashMap<>();
    tensors.forEach((name, t) -> entries.put(name, new TensorInfo(name, t.dtype(), t.size())));
    return Collections.unmodifiableMap(entries);
  }

  @Override
  Tensor read(TensorInfo info, long from, long count) {
    StoredTensor tensor = tensors.get(info.name());
    List<Long> shape = rows(info, count);
    long[] sizes = Shapes.array(shape);
    if (Shapes.elements(info.name(), shape) == 0) {
      return Elements.empty(tensor.dtype(), sizes);
    }
    long first = tensor.offset() + (from == 0 ? 0 : from * tensor.stride().get(0));
    Region storage = storages.get(tensor.storage());
    return Scope.of(
        () -> {
          Tensor flat =
              Elements.read(
                  storage, tensor.dtype(), first * tensor.dtype().bytes(), tensor.span(shape));
          return tensor.contiguous(shape)
              ? flat.view(sizes)
              : Tensors.strided(flat, sizes, Shapes.array(tensor.stride()));
        });
  }

  @Override
  public void close() {
    file.close();
  }
}
