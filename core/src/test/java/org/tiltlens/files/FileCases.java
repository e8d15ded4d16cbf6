package org.tiltlens.files;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.DType;
import org.tiltlens.checkpoint.PytorchWriter;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Scope;

/** All files as people bring them, and how those are made that are not among the resources. */
final class FileCases {
  private FileCases() {}

  static List<FileCase> all() {
    return Stream.of(
            NetworkCases.all(),
            PriorCases.all(),
            DictionaryCases.all(),
            LanguageCases.all(),
            CorpusCases.all(),
            ImageCases.all())
        .flatMap(List::stream)
        .toList();
  }

  /** A file or folder as it is. */
  static FileCase.InFolder there(Path path) {
    return folder -> path;
  }

  /** One of the small networks that hold numbers of their families. */
  static FileCase.InFolder resource(String name) {
    return there(Path.of("src/test/resources").resolve(name));
  }

  /** One of the golden checkpoints. */
  static FileCase.InFolder golden(String name) {
    return there(Goldens.file(name));
  }

  /** A golden checkpoint's tensors, under other names and with others beside them. */
  static FileCase.InFolder renamed(
      String golden, UnaryOperator<String> name, Map<String, Tensor> others) {
    return folder -> {
      Path file = folder.resolve("model.safetensors");
      try (Scope scope = Scope.open();
          TensorStore store = Goldens.open(golden)) {
        Map<String, Tensor> tensors = new LinkedHashMap<>(others);
        store.entries().keySet().forEach(key -> tensors.put(name.apply(key), store.load(key)));
        SafetensorsWriter.write(file, tensors, store.metadata());
      }
      return file;
    };
  }

  /** A golden checkpoint stored with less precision. */
  static FileCase.InFolder stored(String golden, DType dtype) {
    return folder -> {
      Path file = folder.resolve("model.safetensors");
      try (Scope scope = Scope.open();
          TensorStore store = Goldens.open(golden)) {
        List<TensorInfo> entries =
            store.entries().values().stream()
                .map(
                    tensor ->
                        tensor.dtype() == DType.F32
                            ? new TensorInfo(tensor.name(), dtype, tensor.shape())
                            : tensor)
                .toList();
        SafetensorsWriter.write(file, entries, store.metadata(), store::load);
      }
      return file;
    };
  }

  /** A golden checkpoint as {@code torch.save} writes it, with something pickled beside it. */
  static FileCase.InFolder saved(String golden, String name, String beside) {
    return folder -> {
      Path file = folder.resolve(name);
      try (TensorStore store = Goldens.open(golden)) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        store.entries().forEach((key, tensor) -> shapes.put(key, tensor.shape()));
        PytorchWriter.write(file, shapes, store::load, beside);
      }
      return file;
    };
  }

  /** The first part of a file. */
  static FileCase.InFolder cut(FileCase.InFolder whole, int numerator, int denominator) {
    return folder -> {
      Path file = whole.make(Files.createDirectories(folder.resolve("whole")));
      byte[] bytes = Files.readAllBytes(file);
      byte[] part = Arrays.copyOf(bytes, bytes.length / denominator * numerator);
      return Files.write(folder.resolve(file.getFileName().toString()), part);
    };
  }

  /** A file in a folder of others, given by the folder. */
  static FileCase.InFolder folderOf(Map<String, byte[]> files) {
    return folder -> {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        Path path = folder.resolve(file.getKey());
        Files.createDirectories(path.getParent());
        Files.write(path, file.getValue());
      }
      return folder;
    };
  }

  /** A file that begins with this text, one character a byte. */
  static FileCase.InFolder text(String name, String text) {
    return folder -> Files.write(folder.resolve(name), text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
