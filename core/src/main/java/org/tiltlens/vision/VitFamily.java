package org.tiltlens.vision;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Device;
import org.tiltlens.vision.VitNames.Dialect;

/** Vision transformers: DINOv3's, and those with learned positions that {@link VitKinds} tells. */
final class VitFamily implements Family {
  /** What may be said of a ViT alone. */
  static final List<String> OPTIONS = List.of("heads", "activation");

  @Override
  public List<String> landmarks() {
    return Arrays.stream(Dialect.values()).map(Dialect::landmark).toList();
  }

  @Override
  public Optional<Recognised> in(TensorStore onePart, Beside beside) {
    try {
      return VitNames.in(onePart).flatMap(names -> in(onePart, names, beside));
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(onePart.source() + ": " + e.getMessage(), e);
    }
  }

  private static Optional<Recognised> in(TensorStore store, VitNames names, Beside beside) {
    OptionalInt heads = heads(beside);
    if (isDinoV3(names)) {
      if (beside.options().containsKey("activation")) {
        throw new CheckpointException(
            "vision option 'activation' has no meaning for a ViT of DINOv3, whose own is known");
      }
      VitSettings said = VitSettings.of(beside.config(), store.metadata());
      VitSettings settings =
          new VitSettings(
              heads.isPresent() ? heads : said.heads(), said.epsilon(), said.ropeBase());
      return Optional.of(
          found(store, names, VitKind.DINOV3, settings, ImagePreset.IMAGENET, beside));
    }
    VitKinds kinds = VitKinds.of(store, names, beside);
    return kinds
        .told()
        .map(
            told ->
                found(
                    store,
                    names,
                    told.kind(),
                    new VitSettings(
                        heads.isPresent() ? heads : kinds.heads(),
                        told.epsilon(),
                        VitSettings.DEFAULT.ropeBase()),
                    told.images(),
                    beside));
  }

  private static Found found(
      TensorStore store,
      VitNames names,
      VitKind kind,
      VitSettings settings,
      ImagePreset images,
      Beside beside) {
    VitConfig config = VitRecognition.config(store, names, kind, settings.heads());
    new VitSaid(beside.configuration()).requireWidth(config.width());
    return new Found(store, names, config, settings, images);
  }

  private static OptionalInt heads(Beside beside) {
    String heads = beside.options().get("heads");
    try {
      return heads == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(heads));
    } catch (NumberFormatException e) {
      throw new CheckpointException(
          "vision option heads is '" + heads + "', expected a whole number", e);
    }
  }

  /** Whether positions enter as in DINOv3: a ViT without any would be run as it never was. */
  static boolean isDinoV3(VitNames names) {
    return !names.has("pos_embed")
        && !names.hasOfTheirs("embeddings.position_embeddings")
        && names.has("cls_token")
        && (hasMarkOfDinoV3(names) || isTimms(names) || isHuggingFaces(names));
  }

  /** What no other ViT has. */
  static boolean hasMarkOfDinoV3(VitNames names) {
    return names.has(VitShapes.PERIODS) || names.has("blocks.0.attn.qkv.bias_mask");
  }

  /**
   * timm's EVA runs it: its other ViTs with rotary positions have no registers or no class token.
   */
  private static boolean isTimms(VitNames names) {
    return names.hasOfTheirs("reg_token")
        && names.hasOfTheirs("blocks.0.gamma_1")
        && names.has("norm.weight")
        && !names.hasOfTheirs("rope.freqs");
  }

  private static boolean isHuggingFaces(VitNames names) {
    return names.dialect() == Dialect.DINOV3_HUGGING_FACE
        && names.has("blocks.0.attn.q_proj.weight");
  }

  /** A ViT in a checkpoint. */
  record Found(
      TensorStore store, VitNames names, VitConfig config, VitSettings settings, ImagePreset images)
      implements Recognised {
    @Override
    public String describe() {
      return config.describe();
    }

    @Override
    public Optional<String> doubt() {
      return config.doubt();
    }

    @Override
    public String prefix() {
      return names.prefix();
    }

    @Override
    public List<String> leftOut() {
      return Vit.part(names, config, Optional.empty()).leftOut(store);
    }

    @Override
    public List<BlockGroup> blocks() {
      return config.blocks();
    }

    @Override
    public Preprocessing preprocessing() {
      return images.images();
    }

    @Override
    public PooledModel open(Device device, Normalisation normalisation, Optional<HookPoint> last) {
      return Vit.open(store, names, config, settings, device, normalisation, last);
    }
  }
}
