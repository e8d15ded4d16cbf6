package org.tiltlens.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.LatentGoldens;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class ClipTokenizerTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  private static JsonNode golden() throws IOException {
    return JSON.readTree(LatentGoldens.file("clip_tokens.json").toFile());
  }

  /** The list of texts, whatever it is called. */
  private static Stream<JsonNode> texts(JsonNode golden) {
    for (JsonNode value : golden) {
      if (value.isArray()) {
        return StreamSupport.stream(value.spliterator(), false);
      }
    }
    throw new IllegalStateException("clip_tokens.json holds no list");
  }

  private static int[] ids(JsonNode list) {
    return JSON.convertValue(list, int[].class);
  }

  @TestFactory
  @Tag("golden")
  Stream<DynamicTest> idsAndTextsEqualTheReference() throws IOException {
    JsonNode golden = golden();
    ClipTokenizer full = ClipTokenizer.published();
    ClipTokenizer tiny =
        ClipTokenizer.open(LatentGoldens.file(golden.get("tiny_vocab").textValue()));
    assertThat(full.size()).isEqualTo(golden.get("vocab_size").intValue());
    assertThat(full.start()).isEqualTo(golden.get("sot").intValue());
    assertThat(full.end()).isEqualTo(golden.get("eot").intValue());
    assertThat(tiny.size()).isEqualTo(golden.get("tiny_vocab_size").intValue());
    return texts(golden)
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.get("text").toString(),
                    () -> {
                      String text = each.get("text").textValue();
                      int[] expected = ids(each.get("ids"));
                      assertThat(full.encode(text)).isEqualTo(expected);
                      assertThat(tiny.encode(text)).isEqualTo(ids(each.get("tiny_ids")));
                      assertThat(full.decode(expected)).isEqualTo(each.get("decoded").textValue());
                    }));
  }

  /** Start and end tokens, padding, and cutting. */
  @Test
  @Tag("golden")
  void promptsEqualTheReference() throws IOException {
    ClipTokenizer tokenizer = ClipTokenizer.open(LatentGoldens.file("clip_text_hf"));
    try (TensorStore store = LatentGoldens.open("clip_text.safetensors");
        Scope scope = Scope.open()) {
      JsonNode prompts = JSON.readTree(LatentGoldens.say(store, "prompts"));
      int length = LatentGoldens.integer(store, "context_length");
      int padding = LatentGoldens.integer(store, "pad_token_id");
      assertThat(tokenizer.start()).isEqualTo(LatentGoldens.integer(store, "sot_token_id"));
      assertThat(tokenizer.end()).isEqualTo(LatentGoldens.integer(store, "eot_token_id"));
      for (int i = 0; i < prompts.size(); i++) {
        assertThat(tokenizer.ids(prompts.get(i).textValue(), length, padding))
            .isEqualTo(Tensors.toLongs(store.load("input_ids").select(0, i)));
      }
    }
  }

  @Test
  void listsOfMergesGiveTheVocabularyOfTheFolder() throws IOException {
    Path hf = LatentGoldens.file("clip_text_hf");
    ClipTokenizer list = ClipTokenizer.open(hf.resolve("merges.txt"));
    ClipTokenizer whole = ClipTokenizer.open(hf);
    String text = "It's 3 small RED houses";
    assertThat(list.encode(text)).isEqualTo(whole.encode(text));
    assertThat(list.end()).isEqualTo(whole.end());
    // As openai/CLIP pads, and as the folder's own settings say.
    assertThat(list.padding()).isZero();
    assertThat(whole.padding()).isEqualTo(whole.end());
    assertThat(whole.ids("red", 6)).endsWith(whole.end(), whole.end());
  }

  /** OpenAI's file has its own first line, and more merges than are used. */
  @Test
  void ofOpenAisListAsManyMergesAreReadAsClipUses() throws IOException {
    Path file = folder.resolve("bpe_simple_vocab_16e6.txt");
    try (var packed =
        new GZIPInputStream(ClipTokenizer.class.getResourceAsStream("clip_merges.txt.gz"))) {
      String text = new String(packed.readAllBytes(), StandardCharsets.UTF_8);
      Files.writeString(
          file, text.replaceFirst("#version", "\"bpe_simple_vocab_16e6.txt#version") + "x yz\n");
    }
    ClipTokenizer tokenizer = ClipTokenizer.open(file);
    assertThat(tokenizer.size()).isEqualTo(49_408);
    assertThat(tokenizer.encode("a photograph"))
        .isEqualTo(ClipTokenizer.published().encode("a photograph"));
  }

  @Test
  void foldersOfStableDiffusionHoldTheirTokenizerInside() throws IOException {
    Path inner = Files.createDirectory(folder.resolve("tokenizer"));
    for (String name : new String[] {"vocab.json", "merges.txt"}) {
      Files.copy(LatentGoldens.file("clip_text_hf").resolve(name), inner.resolve(name));
    }
    Files.writeString(
        inner.resolve("tokenizer_config.json"), "{\"pad_token\":{\"content\":\"!\"}}");
    ClipTokenizer tokenizer = ClipTokenizer.open(folder);
    assertThat(tokenizer.ids("", 4)).containsExactly(tokenizer.start(), tokenizer.end(), 0, 0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "in|line 1 is no '#version",
        "#version: 0.2;i n;xx n|line 3, 'xx n', is no pair of tokens",
        "#version: 0.2;i n;in|line 3, 'in', is no pair",
        "#version: 0.2;i n;i n|line 3 makes the token 'in' again",
      })
  void whatIsNoListOfMergesIsRefused(String lines, String message) throws IOException {
    Path file = Files.writeString(folder.resolve("merges.txt"), lines.replace(';', '\n'));
    assertThatThrownBy(() -> ClipTokenizer.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"a\": 1}|has no token",
        "{\"a\": 1, \"b\": 1}|two tokens one id",
        "{\"a\": -1}|a is -1, expected",
        "[]|is not a JSON object",
        "{|is not JSON",
      })
  void whatIsNoVocabularyIsRefused(String vocabulary, String message) throws IOException {
    Files.writeString(folder.resolve("vocab.json"), vocabulary);
    Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\n");
    assertThatThrownBy(() -> ClipTokenizer.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(message);
  }

  @Test
  void wrongUseIsRefused() {
    ClipTokenizer tokenizer = ClipTokenizer.published();
    assertThatThrownBy(() -> tokenizer.encode("a".repeat(10_001))).hasMessageContaining("10001");
    assertThatThrownBy(() -> tokenizer.ids("a", 1)).hasMessageContaining("context of 1");
    assertThatThrownBy(() -> tokenizer.decode(49_408)).hasMessageContaining("0..49407");
    assertThatThrownBy(() -> ClipTokenizer.open(folder)).hasMessageContaining("no vocab.json");
  }
}
