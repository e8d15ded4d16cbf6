package org.tiltlens.files;

import static org.tiltlens.files.FileCase.read;
import static org.tiltlens.files.FileCase.refused;
import static org.tiltlens.files.FileCases.text;
import static org.tiltlens.files.FileCases.there;
import static org.tiltlens.files.Group.LANGUAGE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.bert.BertFiles;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.fixture.NoiseBundle;
import org.tiltlens.torch.Scope;

/** Masked language models. */
final class LanguageCases {
  private static final String WHAT = "BERT of 2 blocks, 16 channels, 225 tokens";

  private LanguageCases() {}

  static List<FileCase> all() {
    return List.of(
        read(
            LANGUAGE,
            "a folder of Hugging Face with a BertForMaskedLM and its `vocab.txt`"
                + " (bert-base-uncased)",
            WHAT,
            there(BertFiles.folder())),
        read(
            LANGUAGE,
            "the same with norms called `gamma` and `beta`, as at first",
            WHAT,
            folder ->
                stored(
                    folder,
                    name -> true,
                    name ->
                        name.replace("LayerNorm.weight", "LayerNorm.gamma")
                            .replace("LayerNorm.bias", "LayerNorm.beta"))),
        refused(
            LANGUAGE,
            "a BertModel without its head",
            "holds no masked language model of BERT",
            folder -> stored(folder, name -> !name.startsWith("cls."), name -> name)),
        refused(
            LANGUAGE,
            "one without its vocabulary",
            "neither vocab.txt nor tokenizer.json",
            folder -> {
              Path whole = stored(folder, name -> true, name -> name);
              Files.delete(whole.resolve("vocab.txt"));
              return whole;
            }),
        refused(
            LANGUAGE,
            "RoBERTa, whose tokens are others",
            "model_type is 'roberta', expected bert",
            folder -> {
              Path whole = stored(folder, name -> true, name -> name);
              Path config = whole.resolve("config.json");
              Files.writeString(
                  config,
                  Files.readString(config)
                      .replace("\"model_type\": \"bert\"", "\"model_type\": \"roberta\""));
              return whole;
            }),
        refused(
            LANGUAGE,
            "a file alone",
            "has no config.json: expected the folder of a BertForMaskedLM",
            text("model.bin", "weights")));
  }

  /** The tiny one's tensors, some of them, under other names. */
  private static Path stored(Path folder, Predicate<String> kept, UnaryOperator<String> name)
      throws IOException {
    NoiseBundle.copy(BertFiles.folder().resolve("config.json"), folder.resolve("config.json"));
    NoiseBundle.copy(BertFiles.folder().resolve("vocab.txt"), folder.resolve("vocab.txt"));
    try (Scope scope = Scope.open();
        TensorStore store = Checkpoints.open(BertFiles.folder().resolve("model.safetensors"))) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      store.entries().keySet().stream()
          .filter(kept)
          .forEach(key -> tensors.put(name.apply(key), store.load(key)));
      SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors, Map.of());
    }
    return folder;
  }
}
