package org.tiltlens.bert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class BertMaskedTest {
  private static final Path TINY = BertFiles.folder();

  @TempDir private Path folder;

  private static TensorStore numbers() {
    return Checkpoints.open(TINY.resolve("numbers.safetensors"));
  }

  private static Tensor embeddings(BertMasked bert, Tensor ids) {
    return Tensors.cat(
        List.of(
            bert.tokenEmbeddings(Tensors.toLongs(ids.select(0, 0))),
            bert.tokenEmbeddings(Tensors.toLongs(ids.select(0, 1)))),
        0);
  }

  @Test
  @Tag("golden")
  void valuesAndGradientsEqualTheReference() {
    try (TensorStore store = numbers();
        Scope scope = Scope.open();
        BertMasked bert = BertMasked.open(TINY, Device.CPU)) {
      Tensor vectors = embeddings(bert, store.load("ids"));
      Goldens.assertClose(vectors, store.load("embeds"), Goldens.TOLERANCE, "embeds");
      Goldens.assertClose(
          bert.embedded(vectors), store.load("once"), Goldens.TOLERANCE, "embedded");
      Tensor leaf = Autograd.leaf(vectors);
      Tensor logits = bert.logits(leaf);
      Goldens.assertClose(logits, store.load("logits"), Goldens.TOLERANCE, "logits");
      Tensor labels = store.load("labels");
      Tensor first = bert.loss(logits.narrow(0, 0, 1), Tensors.toLongs(labels.select(0, 0)));
      Tensor second = bert.loss(logits.narrow(0, 1, 1), Tensors.toLongs(labels.select(0, 1)));
      // Both have as many tokens, so the mean over all is that of the two means.
      Tensor loss = Tensors.scale(first.add(second), 0.5);
      assertThat(loss.item_double())
          .isCloseTo(store.load("loss").item_double(), org.assertj.core.data.Offset.offset(1e-4));
      Tensor sum = logits.mul(store.load("probe")).sum().add(loss);
      Goldens.assertClose(
          Autograd.gradient(sum, leaf), store.load("grad"), Goldens.LOOSE, "gradient");
    }
  }

  /** As DEXTER tells it vectors of no word: before what was embedded, and embedded again. */
  @Test
  @Tag("golden")
  void vectorsOfNoWordAreToldBeforeTheText() {
    try (TensorStore store = numbers();
        Scope scope = Scope.open();
        BertMasked bert = BertMasked.open(TINY, Device.CPU)) {
      Tensor ids = store.load("ids").narrow(0, 0, 1);
      Tensor once = bert.embedded(bert.tokenEmbeddings(Tensors.toLongs(ids)));
      Tensor soft = store.load("soft");
      Tensor logits = bert.logits(Tensors.cat(List.of(soft, once), 1)).narrow(1, 2, ids.size(1));
      Goldens.assertClose(
          logits, store.load("soft_logits"), Goldens.TOLERANCE, "logits after soft prompts");
    }
  }

  /** Copies the tiny one with other names, or with more tensors. */
  private Path renamed(String from, String to, Map<String, Tensor> more) throws IOException {
    try (TensorStore store = Checkpoints.open(TINY.resolve("model.safetensors"))) {
      Map<String, Tensor> tensors = new LinkedHashMap<>(more);
      store
          .entries()
          .keySet()
          .forEach(name -> tensors.put(name.replace(from, to), store.load(name)));
      SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors, Map.of());
    }
    Files.copy(TINY.resolve("config.json"), folder.resolve("config.json"));
    return folder;
  }

  /** The first checkpoints of BERT name their norms so, and hold heads that nobody asks. */
  @Test
  void firstCheckpointsAreTheSameNetwork() throws IOException {
    try (Scope scope = Scope.open();
        BertMasked tiny = BertMasked.open(TINY, Device.CPU)) {
      Map<String, Tensor> more =
          Map.of(
              "bert.pooler.dense.bias",
              Tensors.zeros(16),
              "cls.seq_relationship.bias",
              Tensors.zeros(2),
              BertNames.DECODER,
              tiny.tokenEmbeddings(all(tiny)).select(0, 0));
      Path old = renamed("LayerNorm.weight", "LayerNorm.gamma", more);
      try (BertMasked same = BertMasked.open(old, Device.CPU)) {
        Tensor vectors = tiny.tokenEmbeddings(4, 6, 5);
        Goldens.assertClose(same.logits(vectors), tiny.logits(vectors), 0, "logits");
      }
    }
  }

  private static long[] all(BertMasked bert) {
    return java.util.stream.LongStream.range(0, bert.vocabulary()).toArray();
  }

  @Test
  void decodersOfTheirOwnAreRefused() throws IOException {
    try (Scope scope = Scope.open()) {
      renamed("", "", Map.of(BertNames.DECODER, Tensors.zeros(225, 16)));
    }
    assertThatThrownBy(() -> BertMasked.open(folder, Device.CPU))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("expected tied ones");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"hidden_size\": 16|\"hidden_size\": 32|does not fit the network",
        "\"num_attention_heads\": 2|\"num_attention_heads\": 3|a divisor of hidden_size 16",
        "\"vocab_size\": 225|\"vocab_size\": 2000000000|vocab_size is 2000000000, expected",
        "\"num_hidden_layers\": 2|\"num_hidden_layers\": 0|num_hidden_layers is 0, expected",
        "\"hidden_act\": \"gelu\"|\"hidden_act\": \"relu\"|activation is 'relu'",
        "\"is_decoder\": false|\"is_decoder\": true|is_decoder is true, expected false",
        "\"model_type\": \"bert\"|\"model_type\": \"roberta\"|model_type is 'roberta'",
        "\"layer_norm_eps\": 1e-12|\"layer_norm_eps\": 2|layer_norm_eps is 2, expected",
      })
  void otherSettingsAreRefused(String from, String to, String message) throws IOException {
    try (Scope scope = Scope.open()) {
      renamed("", "", Map.of());
    }
    Path config = folder.resolve("config.json");
    Files.writeString(config, Files.readString(config).replace(from, to));
    assertThatThrownBy(() -> BertMasked.open(folder, Device.CPU))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void otherCheckpointsAreRefused() throws IOException {
    assertThatThrownBy(() -> BertMasked.open(folder, Device.CPU))
        .hasMessageContaining("no config.json");
    try (Scope scope = Scope.open()) {
      renamed("cls.predictions.bias", "cls.other.bias", Map.of());
    }
    assertThatThrownBy(() -> BertMasked.open(folder, Device.CPU))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("no masked language model of BERT");
  }

  @Test
  void wrongUseIsRefused() {
    try (Scope scope = Scope.open();
        BertMasked bert = BertMasked.open(TINY, Device.CPU)) {
      assertThatThrownBy(() -> bert.tokenEmbeddings(bert.vocabulary()))
          .hasMessageContaining("0..224");
      assertThatThrownBy(() -> bert.logits(Tensors.zeros(1, 33, 16)))
          .hasMessageContaining("L up to 32");
    }
  }
}
