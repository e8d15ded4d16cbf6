package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiltlens.golden.Goldens.assertClose;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.MemoryStore;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class DinoVitTest {
  private static final VitConfig MLP = new VitConfig(16, 3, 2, 24, false, 4, 2);
  private static final VitConfig SWIGLU = new VitConfig(16, 3, 2, 24, true, 4, 2);
  private static final VitConfig BARE = new VitConfig(16, 3, 2, 24, false, 4, 0);
  private static final VitSettings TWO_HEADS = new VitSettings(OptionalInt.of(2), 1e-5, 100);
  private static final HookPoint EARLY = HookPoint.parse("blocks.1.hook_resid_pre");

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  /** A random network whose numbers do not depend on the prefix. */
  private static MemoryStore store(VitConfig config, String prefix, Predicate<String> kept) {
    return add(new MemoryStore(), config, prefix, kept);
  }

  private static MemoryStore add(
      MemoryStore store, VitConfig config, String prefix, Predicate<String> kept) {
    VitShapes.all(config, new VitShapes.Parts(true, name -> true))
        .forEach(
            (name, shape) -> {
              if (kept.test(name)) {
                store.putRandom(prefix + name, name, shape);
              }
            });
    return store;
  }

  private static Predicate<String> tiedNorms() {
    return name -> !name.startsWith("cls_norm.");
  }

  private static DinoVit open(TensorStore store, Optional<HookPoint> last) {
    return DinoVit.open(
        new VitStores.Meaningful(store), TWO_HEADS, Device.CPU, Normalisation.IMAGENET, last);
  }

  private static DinoVit small(VitConfig config) {
    return open(store(config, "", tiedNorms()), Optional.empty());
  }

  private static DinoVit small() {
    return small(MLP);
  }

  /** Two images of 2 x 3 patches. */
  private static Tensor images() {
    return Tensors.scale(Noise.normal(1, 0, 0, 2, 3, 8, 12), 0.5);
  }

  @Test
  void weightsBehindTheLastHookPointAreNotTouched() {
    MemoryStore store = store(MLP, "", tiedNorms());
    try (DinoVit part = open(store, Optional.of(EARLY));
        DinoVit whole = small()) {
      assertThat(store.read())
          .contains("blocks.0.mlp.fc2.weight", "storage_tokens")
          .noneMatch(
              name ->
                  name.startsWith("blocks.1.")
                      || name.startsWith("blocks.2.")
                      || name.startsWith("norm."));
      for (HookPoint.Tokens tokens : HookPoint.Tokens.values()) {
        HookPoint at = EARLY.of(tokens);
        assertClose(part.activations(images(), at), whole.activations(images(), at), 0, "part");
      }
    }
  }

  @Test
  void weightsBehindTheLastHookPointMayBeMissing() {
    HookPoint last = HookPoint.parse("blocks.1.hook_attn_out");
    MemoryStore store =
        store(
            MLP,
            "",
            name ->
                tiedNorms().test(name)
                    && !name.startsWith("norm.")
                    && !name.startsWith("blocks.2.attn"));
    try (DinoVit part = open(store, Optional.of(last));
        DinoVit whole = small()) {
      assertClose(part.activations(images(), last), whole.activations(images(), last), 0, "part");
      assertThatThrownBy(() -> part.tokens(images())).hasMessageContaining(last.toString());
      assertThatThrownBy(() -> part.pooled(images())).isInstanceOf(IllegalStateException.class);
    }
    assertThatThrownBy(() -> open(store, Optional.empty()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("blocks.2.attn.qkv.weight");
  }

  @Test
  void hookPointsBehindTheLastOneAreRefused() {
    try (DinoVit part = open(store(MLP, "", tiedNorms()), Optional.of(EARLY))) {
      assertThat(part.hookPoints()).last().isEqualTo(EARLY.of(HookPoint.Tokens.STORAGE));
      assertThatThrownBy(
              () -> part.activations(images(), HookPoint.parse("blocks.1.hook_attn_out")))
          .hasMessage(
              "hook point 'blocks.1.hook_attn_out' is not loaded: this network was opened up to"
                  + " blocks.1.hook_resid_pre");
    }
  }

  @Test
  void onePassReadsWhatEachHookPointAloneDoes() {
    try (DinoVit model = small()) {
      List<HookPoint> all = new ArrayList<>(model.hookPoints());
      Collections.reverse(all);
      all.add(all.get(3)); // Twice, too.
      Tensor images = Autograd.leaf(images());
      List<Tensor> together = model.activations(images, all);
      for (int i = 0; i < all.size(); i++) {
        Tensor alone = model.activations(images, all.get(i));
        String name = all.get(i).toString();
        assertClose(together.get(i), alone, 0, name);
        // The tokens before the first block do not depend on the image.
        if (alone.requires_grad()) {
          Tensor gradient =
              Autograd.gradientsOnTheWay(together.get(i).sum(), List.of(images)).get(0);
          assertClose(gradient, Autograd.gradient(alone.sum(), images), 0, name + " gradient");
        }
      }
      assertThat(model.activations(images, List.of())).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void residualStreamGainsWhatAttentionAndMlpAdd(boolean gated) {
    try (DinoVit model = small(gated ? SWIGLU : MLP)) {
      for (int block = 0; block < MLP.depth(); block++) {
        for (HookPoint.Tokens tokens : HookPoint.Tokens.values()) {
          List<Tensor> at = new ArrayList<>();
          for (String site :
              List.of("resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post")) {
            HookPoint here = HookPoint.parse("blocks." + block + "." + site).of(tokens);
            at.add(model.activations(images(), here));
          }
          assertClose(at.get(2), at.get(0).add(at.get(1)), 0, "resid_mid");
          assertClose(at.get(4), at.get(2).add(at.get(3)), 0, "resid_post");
          assertThat(Tensors.toFloats(at.get(1))).isNotEqualTo(Tensors.toFloats(at.get(3)));
        }
      }
    }
  }

  @Test
  void blocksHandTheirResidualStreamOn() {
    try (DinoVit model = small()) {
      Tensor post = model.activations(images(), HookPoint.parse("blocks.0.hook_resid_post"));
      assertClose(model.activations(images(), EARLY), post, 0, "resid_pre");
    }
  }

  @Test
  void everyListedHookPointExistsAndHasItsShape() {
    try (DinoVit model = small()) {
      assertThat(model.hookPoints()).hasSize(3 * 5 * 3);
      for (HookPoint at : model.hookPoints()) {
        long[] map =
            switch (at.tokens()) {
              case PATCHES -> new long[] {2, model.channels(at), 2, 3};
              case CLS -> new long[] {2, model.channels(at), 1, 1};
              case STORAGE -> new long[] {2, model.channels(at), 1, 2};
            };
        Tensor read = model.activations(images(), model.require(at));
        assertThat(Tensors.shape(read)).as(at.toString()).isEqualTo(map);
      }
    }
  }

  @Test
  void tokensBeforeTheFirstBlockAreTheNetworksOwn() {
    MemoryStore store = store(MLP, "", tiedNorms());
    try (DinoVit model = open(store, Optional.empty())) {
      HookPoint first = HookPoint.parse("blocks.0.hook_resid_pre");
      Tensor cls = model.activations(images(), first.of(HookPoint.Tokens.CLS));
      Tensor storage = model.activations(images(), first.of(HookPoint.Tokens.STORAGE));
      assertClose(cls.select(0, 1).flatten(), store.load("cls_token").flatten(), 0, "cls");
      assertClose(
          storage.select(0, 1).squeeze(1).transpose(0, 1),
          store.load("storage_tokens").squeeze(0),
          0,
          "storage");
    }
  }

  @Test
  void patchesOfTheMapLieWhereTheyLieInTheImage() {
    try (DinoVit model = small()) {
      HookPoint first = HookPoint.parse("blocks.0.hook_resid_pre");
      Tensor changed = images().clone();
      Tensors.scaleInPlace(changed.narrow(2, 4, 4).narrow(3, 8, 4), -1);
      Tensor difference =
          model.activations(changed, first).sub(model.activations(images(), first)).abs();
      float[] perPatch = Tensors.toFloats(Tensors.max(difference, 0, 1));
      assertThat(perPatch[5]).isPositive();
      perPatch[5] = 0;
      assertThat(perPatch).containsOnly(0);
    }
  }

  @Test
  void patchesThatLookAlikeAreToldApartByTheirPlaces() {
    try (DinoVit model = small()) {
      Tensor grey = Tensors.full(0.3, 1, 3, 12, 12);
      HookPoint at = HookPoint.parse("blocks.0.hook_attn_out");
      float[] channel = Tensors.toFloats(model.activations(grey, at).select(1, 0));
      // Of 3 x 3: a neighbour in the row, one in the column.
      assertThat(channel[0]).isNotEqualTo(channel[1]).isNotEqualTo(channel[3]);
      assertThat(channel[1]).isNotEqualTo(channel[3]);
    }
  }

  @Test
  void keysHaveNoBias() {
    MemoryStore store = store(MLP, "", tiedNorms());
    HookPoint last = HookPoint.parse("blocks.2.hook_resid_post");
    try (DinoVit meta = open(store, Optional.empty());
        DinoVit split = huggingFace(store, MLP)) {
      Tensor expected = meta.activations(images(), last);
      assertClose(split.activations(images(), last), expected, 1e-5, "split");
      assertClose(split.tokens(images()).cls(), meta.tokens(images()).cls(), 1e-5, "cls");
    }
    // Without a mask, they have one.
    MemoryStore unmasked =
        store(MLP, "", name -> tiedNorms().test(name) && !name.endsWith("bias_mask"));
    try (DinoVit meta = open(store, Optional.empty());
        DinoVit other = open(unmasked, Optional.empty())) {
      assertThat(Tensors.toFloats(other.activations(images(), last)))
          .isNotEqualTo(Tensors.toFloats(meta.activations(images(), last)));
    }
  }

  private static DinoVit huggingFace(TensorStore meta, VitConfig config) {
    return DinoVit.open(
        new VitStores.HuggingFace(new VitStores.Meaningful(meta), config),
        TWO_HEADS,
        Device.CPU,
        Normalisation.IMAGENET,
        Optional.empty());
  }

  @Test
  void networksMayLackBiasesAndLayerScale() {
    Predicate<String> kept =
        name ->
            tiedNorms().test(name)
                && !name.contains("qkv.bias")
                && !name.contains(".ls")
                && !name.endsWith("fc1.bias");
    try (DinoVit model = open(store(MLP, "", kept), Optional.empty())) {
      assertThat(Tensors.shape(model.pooled(images()))).containsExactly(2, 16);
    }
    // All blocks are alike in that.
    MemoryStore uneven = store(MLP, "", kept).putRandom("blocks.2.ls1.gamma", "x", List.of(16L));
    assertThatThrownBy(() -> open(uneven, Optional.empty()))
        .hasMessageContaining("unexpected: blocks.2.ls1.gamma");
  }

  @Test
  void untiedNormsAreOfTheClassAndStorageTokens() {
    MemoryStore untied = store(MLP, "", name -> true);
    try (DinoVit own = open(untied, Optional.empty());
        DinoVit tied = small()) {
      DinoVit.Tokens a = own.tokens(images());
      DinoVit.Tokens b = tied.tokens(images());
      assertClose(a.patches(), b.patches(), 0, "patches");
      HookPoint last = HookPoint.parse("blocks.2.hook_resid_post@storage");
      Tensor storage = own.activations(images(), last).flatten(2, 3).transpose(1, 2);
      Tensor expected =
          normed(storage).mul(untied.load("cls_norm.weight")).add(untied.load("cls_norm.bias"));
      assertClose(a.storage(), expected, 1e-4, "storage");
      assertThat(Tensors.toFloats(a.cls())).isNotEqualTo(Tensors.toFloats(b.cls()));
      assertClose(own.pooled(images()), a.cls(), 0, "pooled");
    }
  }

  /** (x - mean) / sqrt(variance + 1e-5) over the last dimension. */
  private static Tensor normed(Tensor x) {
    Tensor centred = x.sub(Tensors.mean(x, 2).unsqueeze(2));
    Tensor variance = Tensors.mean(centred.square(), 2).unsqueeze(2);
    return centred.div(Tensors.plus(variance, 1e-5).sqrt());
  }

  @Test
  void networksWithoutStorageTokensSaySo() {
    try (DinoVit model = small(BARE)) {
      assertThat(model.hookPoints()).hasSize(3 * 5 * 2);
      assertThat(Tensors.shape(model.tokens(images()).storage())).containsExactly(2, 0, 16);
      assertThatThrownBy(() -> model.require(EARLY.of(HookPoint.Tokens.STORAGE)))
          .hasMessage(
              "hook point 'blocks.1.hook_resid_pre@storage' does not exist: this ViT has no storage"
                  + " tokens; it has patches, and @cls");
    }
  }

  @Test
  void missingHookPointsSayWhatThereIs() {
    try (DinoVit model = small()) {
      assertThatThrownBy(() -> model.require(HookPoint.parse("blocks.40.hook_resid_pre")))
          .hasMessage(
              "hook point 'blocks.40.hook_resid_pre' does not exist: there are blocks 0..2");
      assertThatThrownBy(() -> model.channels(HookPoint.parse("stages.2.0.hook_resid_pre")))
          .hasMessageEndingWith("the blocks of a ViT are named blocks.0 .. blocks.2");
      assertThatThrownBy(() -> model.require(HookPoint.parse("blocks.1.hook_block_out")))
          .hasMessageEndingWith(
              "a block of a ViT has hook_resid_pre, hook_attn_out, hook_resid_mid, hook_mlp_out,"
                  + " hook_resid_post");
    }
  }

  @Test
  void samplesDoNotSeeEachOther() {
    HookPoint last = HookPoint.parse("blocks.2.hook_resid_post");
    try (DinoVit model = small()) {
      Tensor leaf = Autograd.leaf(images());
      Tensor both = model.activations(leaf, last);
      Tensor gradient = Autograd.gradient(both.select(0, 0).sum(), leaf);
      assertThat(Tensors.toDoubles(gradient.select(0, 0).abs().sum())[0]).isPositive();
      assertThat(Tensors.toFloats(gradient.select(0, 1))).containsOnly(0);
      Tensor alone = model.activations(images().narrow(0, 1, 1), last);
      assertClose(alone, both.narrow(0, 1, 1).detach(), 1e-6, "alone");
    }
  }

  @Test
  void imagesOfAnotherShapeAreRefused() {
    try (DinoVit model = small()) {
      assertThatThrownBy(() -> model.activations(Tensors.zeros(1, 3, 8, 14), EARLY))
          .hasMessage(
              "images of shape 1x3x8x14: expected Nx3xHxW with H and W multiples of the patch, 4");
      assertThatThrownBy(() -> model.tokens(Tensors.zeros(1, 3, 0, 4)))
          .hasMessageContaining("1x3x0x4");
      assertThatThrownBy(() -> model.activations(Tensors.zeros(3, 16, 16), EARLY))
          .hasMessageContaining("Nx3xHxW");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.", "teacher.backbone.", ""})
  void wrappersPrefixesAndWhatOnlyTrainingUsesAreUnderstood(String prefix) {
    MemoryStore store =
        store(MLP, prefix, tiedNorms())
            .putRandom(prefix + "mask_token", "mask", List.of(1L, 16L))
            .putRandom(prefix + "local_cls_norm.weight", "local", List.of(16L));
    try (DinoVit model = open(store, Optional.empty());
        DinoVit bare = small()) {
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
    assertThatThrownBy(() -> DinoVit.open(narrow, VitSettings.DEFAULT, Device.CPU).close())
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "memory: nothing tells into how many heads its 16 channels are split: put a config.json"
                + " with num_attention_heads beside it");
  }

  private static int heads(TensorStore store, Optional<String> config) {
    return VitConfig.recognise(store, config).orElseThrow().heads();
  }

  @Test
  void unusablePeriodsAndSettingsAreRefused() {
    MemoryStore store = store(MLP, "", tiedNorms());
    store.put(VitShapes.PERIODS, new float[] {1, 0}, 2L);
    assertThatThrownBy(() -> DinoVit.open(store, VitSettings.DEFAULT, Device.CPU).close())
        .hasMessage("memory: 'rope_embed.periods' is [1.0, 0.0], expected numbers above 0");
    store.put(VitShapes.PERIODS, new float[5], 5L);
    assertThatThrownBy(() -> DinoVit.open(store, VitSettings.DEFAULT, Device.CPU).close())
        .hasMessageContaining("5 periods, for heads of 20 channels, which do not divide 16");
    assertThat(VitConfig.recognise(store, Optional.empty())).isEmpty();
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

  @Test
  void otherCheckpointsAreNotRecognised() {
    assertThat(VitConfig.recognise(new MemoryStore(), Optional.empty())).isEmpty();
    MemoryStore older =
        store(MLP, "", tiedNorms()).putRandom("pos_embed", "positions", List.of(1L, 5L, 16L));
    assertThat(VitConfig.recognise(older, Optional.empty())).isEmpty();
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
