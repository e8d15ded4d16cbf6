package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiltlens.golden.Goldens.assertClose;
import static org.tiltlens.vision.RandomVits.MLP;
import static org.tiltlens.vision.RandomVits.add;
import static org.tiltlens.vision.RandomVits.images;
import static org.tiltlens.vision.RandomVits.open;
import static org.tiltlens.vision.RandomVits.small;
import static org.tiltlens.vision.RandomVits.store;
import static org.tiltlens.vision.RandomVits.tiedNorms;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.MemoryStore;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;

/** What tells that a checkpoint is a ViT, and which. */
class VitRecognitionTest {
  private static final HookPoint EARLY = HookPoint.parse("blocks.1.hook_resid_pre");

  private Scope scope;

  @BeforeEach
  void openScope() {
    scope = Scope.open();
  }

  @AfterEach
  void closeScope() {
    scope.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.", "teacher.backbone.", ""})
  void wrappersPrefixesAndWhatOnlyTrainingUsesAreUnderstood(String prefix) {
    MemoryStore store =
        store(MLP, prefix, tiedNorms())
            .putRandom(prefix + "mask_token", "mask", List.of(1L, 16L))
            .putRandom(prefix + "local_cls_norm.weight", "local", List.of(16L));
    try (Vit model = open(store, Optional.empty());
        Vit bare = small()) {
      assertClose(model.activations(images(), EARLY), bare.activations(images(), EARLY), 0, prefix);
    }
  }

  @Test
  void teacherWinsAndOtherPairsAreAmbiguous() {
    MemoryStore pair = add(store(MLP, "student.", tiedNorms()), MLP, "teacher.", tiedNorms());
    MemoryStore twins = add(store(MLP, "a.", tiedNorms()), MLP, "b.", tiedNorms());
    assertThat(VitNames.in(pair)).map(VitNames::prefix).contains("teacher.");
    assertThatThrownBy(() -> VitNames.in(twins))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("'a.', 'b.'");
  }

  @Test
  void headsAreToldByPeriodsOrSettingsOrGuessed() {
    Predicate<String> noPeriods = name -> !name.equals(VitShapes.PERIODS);
    VitConfig wide = new VitConfig(128, 1, 4, 8, false, 4, 0);
    MemoryStore told = store(wide, "", name -> true);
    MemoryStore silent = store(wide, "", noPeriods);
    String config = "{\"num_attention_heads\": 8}";
    assertThat(heads(told, Optional.of(config))).isEqualTo(4);
    assertThat(heads(silent, Optional.of(config))).isEqualTo(8);
    assertThat(heads(silent, Optional.empty())).isEqualTo(2);
    MemoryStore narrow = store(MLP, "", noPeriods);
    assertThatThrownBy(() -> Vit.open(narrow, VitSettings.DEFAULT, Device.CPU).close())
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "memory: nothing tells into how many heads its 16 channels are split: put a config.json"
                + " with num_attention_heads beside it, or give the vision option heads");
  }

  private static int heads(TensorStore store, Optional<String> config) {
    return RandomVits.recognise(store, config).orElseThrow().heads();
  }

  @Test
  void unusablePeriodsAndSettingsAreRefused() {
    MemoryStore store = store(MLP, "", tiedNorms());
    store.put(VitShapes.PERIODS, new float[] {1, 0}, 2L);
    assertThatThrownBy(() -> Vit.open(store, VitSettings.DEFAULT, Device.CPU).close())
        .hasMessage("memory: 'rope_embed.periods' is [1.0, 0.0], expected numbers above 0");
    store.put(VitShapes.PERIODS, new float[5], 5L);
    assertThatThrownBy(() -> Vit.open(store, VitSettings.DEFAULT, Device.CPU).close())
        .hasMessageContaining("5 periods, for heads of 20 channels, which do not divide 16");
    assertThatThrownBy(() -> RandomVits.recognise(store, Optional.empty()))
        .hasMessageContaining("5 periods");
    for (String config :
        List.of(
            "{",
            "{\"num_attention_heads\": 0}",
            "{\"layer_norm_eps\": -1}",
            "{\"use_gated_mlp\": true, \"hidden_act\": \"gelu\"}")) {
      assertThatThrownBy(() -> VitSettings.of(Optional.of(config), store.metadata()))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("config.json");
    }
  }

  /** What Python writes and JSON does not have is read, and refused where it matters. */
  @Test
  void pythonsNumbersInAConfigAreRead() {
    Map<String, String> none = Map.of();
    String elsewhere = "{\"num_attention_heads\": 8, \"loss\": NaN, \"best\": -Infinity}";
    assertThat(VitSettings.of(Optional.of(elsewhere), none).heads()).hasValue(8);
    String here = "{\"layer_norm_eps\": NaN}";
    assertThatThrownBy(() -> VitSettings.of(Optional.of(here), none))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("is NaN, expected a number above 0");
  }

  /** Of a file of PyTorch's it is known what stands where a tensor should. */
  @Test
  void whatStandsWhereATensorShouldIsSaid() {
    MemoryStore store = store(MLP, "", tiedNorms());
    store.entries().remove("blocks.0.mlp.fc1.weight");
    assertThatThrownBy(() -> RandomVits.recognise(store, Optional.empty()))
        .hasMessageContaining(
            "'blocks.0.mlp.fc1.weight' is missing, expected 2 dimensions, as a ViT has it");
    store.note("blocks.0.mlp.fc1.weight", "a sparse tensor, not read: save its to_dense()");
    assertThatThrownBy(() -> RandomVits.recognise(store, Optional.empty()))
        .hasMessageEndingWith("is a sparse tensor, not read: save its to_dense()");
  }

  @Test
  void otherCheckpointsAreNotRecognised() {
    assertThat(RandomVits.recognise(new MemoryStore(), Optional.empty())).isEmpty();
    MemoryStore older =
        store(MLP, "", tiedNorms()).putRandom("pos_embed", "positions", List.of(1L, 5L, 16L));
    assertThat(RandomVits.recognise(older, Optional.empty())).isEmpty();
    assertThatThrownBy(() -> open(older, Optional.empty()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("memory holds no DINOv3 ViT");
  }

  @Test
  void publishedSizesAreNamed() {
    assertThat(new VitConfig(1024, 24, 16, 4096, false, 16, 4).describe())
        .isEqualTo(
            "DINOv3 ViT-L/16, 24 blocks of 1024 channels, 16 heads, MLP of 4096, 4 storage tokens");
    assertThat(new VitConfig(384, 12, 6, 1536, true, 16, 4).describe())
        .startsWith("DINOv3 ViT-S+/16, 12 blocks of 384 channels, 6 heads, SwiGLU of 1536");
    assertThat(MLP.describe()).startsWith("DINOv3 ViT/4, 3 blocks of 16 channels");
  }

  @Test
  void channelsMustSplitIntoHeads() {
    assertThatThrownBy(() -> new VitConfig(16, 1, 3, 24, false, 4, 0))
        .hasMessageContaining("16 channels and 3 heads");
    assertThatThrownBy(() -> new VitConfig(16, 0, 2, 24, false, 4, 0))
        .hasMessageContaining("0 blocks");
  }
}
