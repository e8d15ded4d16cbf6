package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiltlens.golden.Goldens.assertClose;
import static org.tiltlens.vision.RandomVits.BARE;
import static org.tiltlens.vision.RandomVits.MLP;
import static org.tiltlens.vision.RandomVits.SWIGLU;
import static org.tiltlens.vision.RandomVits.TWO_HEADS;
import static org.tiltlens.vision.RandomVits.images;
import static org.tiltlens.vision.RandomVits.open;
import static org.tiltlens.vision.RandomVits.small;
import static org.tiltlens.vision.RandomVits.store;
import static org.tiltlens.vision.RandomVits.tiedNorms;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.MemoryStore;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.torch.Warp;

@Tag("rounding")
class DinoVitTest {
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

  @Test
  void weightsBehindTheLastHookPointAreNotTouched() {
    MemoryStore store = store(MLP, "", tiedNorms());
    try (Vit part = open(store, Optional.of(EARLY));
        Vit whole = small()) {
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
    try (Vit part = open(store, Optional.of(last));
        Vit whole = small()) {
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
    try (Vit part = open(store(MLP, "", tiedNorms()), Optional.of(EARLY))) {
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
    try (Vit model = small()) {
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
    try (Vit model = small(gated ? SWIGLU : MLP)) {
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
    try (Vit model = small()) {
      Tensor post = model.activations(images(), HookPoint.parse("blocks.0.hook_resid_post"));
      assertClose(model.activations(images(), EARLY), post, 0, "resid_pre");
    }
  }

  @Test
  void everyListedHookPointExistsAndHasItsShape() {
    try (Vit model = small()) {
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
    try (Vit model = open(store, Optional.empty())) {
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
    try (Vit model = small()) {
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
    try (Vit model = small()) {
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
    try (Vit meta = open(store, Optional.empty());
        Vit split = huggingFace(store, MLP)) {
      Tensor expected = meta.activations(images(), last);
      assertClose(split.activations(images(), last), expected, 1e-5, "split");
      assertClose(split.tokens(images()).cls(), meta.tokens(images()).cls(), 1e-5, "cls");
    }
    // Without a mask, they have one.
    MemoryStore unmasked =
        store(MLP, "", name -> tiedNorms().test(name) && !name.endsWith("bias_mask"));
    try (Vit meta = open(store, Optional.empty());
        Vit other = open(unmasked, Optional.empty())) {
      assertThat(Tensors.toFloats(other.activations(images(), last)))
          .isNotEqualTo(Tensors.toFloats(meta.activations(images(), last)));
    }
  }

  private static Vit huggingFace(TensorStore meta, VitConfig config) {
    return Vit.open(
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
    try (Vit model = open(store(MLP, "", kept), Optional.empty())) {
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
    try (Vit own = open(untied, Optional.empty());
        Vit tied = small()) {
      Vit.Tokens a = own.tokens(images());
      Vit.Tokens b = tied.tokens(images());
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
    try (Vit model = small(BARE)) {
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
    try (Vit model = small()) {
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
    try (Vit model = small()) {
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
    try (Vit model = small()) {
      assertThatThrownBy(() -> model.activations(Tensors.zeros(1, 3, 8, 14), EARLY))
          .hasMessage(
              "images of shape 1x3x8x14: expected Nx3xHxW with H and W multiples of the patch, 4,"
                  + " or the vision option size, to which they are resized");
      assertThatThrownBy(() -> model.tokens(Tensors.zeros(1, 3, 0, 4)))
          .hasMessageContaining("1x3x0x4");
      assertThatThrownBy(() -> model.activations(Tensors.zeros(3, 16, 16), EARLY))
          .hasMessageContaining("Nx3xHxW");
    }
  }

  @Test
  void imagesMovedByTheStrideAreSeenAsBeforeElsewhere() {
    HookPoint first = HookPoint.parse("blocks.0.hook_resid_pre");
    try (Vit model = small()) {
      int stride = model.stride();
      Tensor map = model.activations(images(), first);
      Tensor moved = model.activations(Warp.roll(images(), stride, 0), first);
      assertClose(moved, Warp.roll(map, 1, 0), 1e-6, "rolled by %d pixels".formatted(stride));
      Tensor between = model.activations(Warp.roll(images(), stride - 1, 0), first);
      assertThat(between.sub(Warp.roll(map, 1, 0)).abs().max().item_double()).isGreaterThan(0.01);
    }
  }
}
