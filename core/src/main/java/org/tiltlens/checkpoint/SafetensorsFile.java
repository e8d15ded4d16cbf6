package org.tiltlens.checkpoint;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;

/** One safetensors file. */
final class SafetensorsFile extends FileStore {
  private final OpenFile file;
  private final SafetensorsHeader header;

  /** Takes {@code file} over. */
  static SafetensorsFile open(OpenFile file) {
    return new SafetensorsFile(file, SafetensorsHeader.read(file));
  }

  private SafetensorsFile(OpenFile file, SafetensorsHeader header) {
    super(file.path().toString(), header.tensors(), header.metadata());
    this.file = file;
    this.header = header;
  }

  @Override
  Tensor read(TensorInfo info, long from, long count) {
    List<Long> shape = rows(info, count);
    long elements = Shapes.elements(info.name(), shape);
    // All rows are equally long; without rows, nothing is read.
    long row = count == 0 ? 0 : elements / count;
    long start = header.offsets().get(info.name()) + from * row * info.dtype().bytes();
    return Scope.of(
        () -> Elements.read(file, info.dtype(), start, elements).view(Shapes.array(shape)));
  }

  @Override
  public void close() {
    file.close();
  }
}
