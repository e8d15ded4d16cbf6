package org.tiltlens.bert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.checkpoint.CheckpointException;

class WordPieceTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final WordPiece TINY = WordPiece.open(BertFiles.folder());

  @TempDir private Path folder;

  private static Stream<JsonNode> golden(String list) throws IOException {
    JsonNode all = JSON.readTree(BertFiles.folder().resolve("tokens.json").toFile()).get(list);
    return StreamSupport.stream(all.spliterator(), false);
  }

  private static int[] inner(JsonNode ids) {
    int[] all = JSON.convertValue(ids, int[].class);
    return java.util.Arrays.copyOfRange(all, 1, all.length - 1);
  }

  @TestFactory
  @Tag("golden")
  Stream<DynamicTest> idsEqualTheReference() throws IOException {
    Files.copy(BertFiles.folder().resolve("vocab.txt"), folder.resolve("vocab.txt"));
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"do_lower_case\": false}");
    WordPiece cased = WordPiece.open(folder);
    return golden("texts")
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.get("text").toString(),
                    () -> {
                      String text = each.get("text").textValue();
                      assertThat(TINY.encode(text)).isEqualTo(inner(each.get("ids")));
                      assertThat(cased.encode(text)).isEqualTo(inner(each.get("cased_ids")));
                      assertThat(TINY.ids(text))
                          .isEqualTo(JSON.convertValue(each.get("ids"), long[].class));
                    }));
  }

  @Test
  @Tag("golden")
  void textsOfIdsEqualTheReference() throws IOException {
    golden("decoded")
        .forEach(
            each ->
                assertThat(TINY.decode(JSON.convertValue(each.get("ids"), int[].class)))
                    .isEqualTo(each.get("text").textValue()));
  }

  /** A whole tokenizer in one file has the same words. */
  @Test
  void tokenizerJsonIsTheSameVocabulary() throws IOException {
    ObjectNode whole = JSON.createObjectNode();
    whole.putObject("normalizer").put("lowercase", true);
    ObjectNode model = whole.putObject("model").put("type", "WordPiece");
    ObjectNode ids = model.putObject("vocab");
    List<String> lines = Files.readAllLines(BertFiles.folder().resolve("vocab.txt"));
    for (int i = 0; i < lines.size(); i++) {
      ids.put(lines.get(i), i);
    }
    JSON.writeValue(folder.resolve("tokenizer.json").toFile(), whole);
    WordPiece same = WordPiece.open(folder);
    String text = "Unplayable houses [MASK]!";
    assertThat(same.encode(text)).isEqualTo(TINY.encode(text));
    assertThat(same.size()).isEqualTo(TINY.size());
    assertThat(WordPiece.open(BertFiles.folder().resolve("vocab.txt")).encode(text))
        .isEqualTo(TINY.encode(text));
    ((ObjectNode) whole.get("model")).put("type", "BPE");
    JSON.writeValue(folder.resolve("tokenizer.json").toFile(), whole);
    assertThatThrownBy(() -> WordPiece.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("type is 'BPE', expected WordPiece");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a|no token '[UNK]'",
        "[UNK];[CLS];[SEP];[PAD];[MASK];a;a|the token 'a' twice",
        "[UNK];[CLS];;[SEP]|token 2 has 0 characters",
      })
  void whatIsNoVocabularyIsRefused(String lines, String message) throws IOException {
    Path file = Files.writeString(folder.resolve("vocab.txt"), lines.replace(';', '\n'));
    assertThatThrownBy(() -> WordPiece.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void wrongUseIsRefused() {
    assertThatThrownBy(() -> TINY.encode("a".repeat(10_001))).hasMessageContaining("10001");
    assertThatThrownBy(() -> TINY.token(TINY.size()))
        .hasMessageContaining("0.." + (TINY.size() - 1));
    assertThatThrownBy(() -> WordPiece.open(folder))
        .hasMessageContaining("neither vocab.txt nor tokenizer.json");
    assertThat(TINY.id("no such word")).isEqualTo(-1);
    assertThat(TINY.token(TINY.mask())).isEqualTo("[MASK]");
  }
}
