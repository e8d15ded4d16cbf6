package org.tiltlens.vision;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Activation;
import org.tiltlens.vision.VitKind.LearnedPositions;
import org.tiltlens.vision.VitKind.Pooling;
import org.tiltlens.vision.VitKind.Resampling;

/**
 * Tells of which kind a ViT with learned positions is, by what it has and others have not; never a
 * guess.
 *
 * @param names of its tensors
 * @param said what its config.json says of it
 * @param activation what the user says, if anything
 */
record VitKinds(TensorStore store, VitNames names, VitSaid said, Optional<String> activation) {
  private static final int DINOV2_PATCH = 14;

  /** Channels of SigLIP 2's giant-opt, the first that timm runs with the other GELU. */
  private static final int GIANT_OPT = 1536;

  /** Rows or columns of patches. */
  private static final int LARGEST = 1 << 14;

  /** Of timm's EVA and what it runs besides: whether positions are turned too, nothing tells. */
  private static final List<String> EVA =
      List.of(
          "blocks.0.gamma_1",
          "blocks.0.mlp.fc1_g.weight",
          "blocks.0.attn.q_bias",
          "blocks.0.attn.q_proj.weight",
          "rope.freqs");

  /** OpenAI's own files of CLIP have them beside the networks. */
  private static final List<String> OPENAI =
      List.of("input_resolution", "context_length", "vocab_size");

  /**
   * A kind, and what its files do not tell.
   *
   * @param epsilon of the layer norms
   * @param images what such networks usually expect
   */
  record Told(VitKind kind, double epsilon, ImagePreset images) {}

  static VitKinds of(TensorStore store, VitNames names, Beside beside) {
    return new VitKinds(
        store,
        names,
        new VitSaid(beside.configuration()),
        Optional.ofNullable(beside.options().get("activation")));
  }

  /**
   * The kind; empty if it is none of these.
   *
   * @throws CheckpointException if its tensors or its config.json are unusable; one line
   */
  Optional<Told> told() {
    boolean normed = names.has("norm.weight") || names.has("fc_norm.weight");
    if (!normed || !names.has("pos_embed") || VitFamily.hasMarkOfDinoV3(names)) {
      return Optional.empty();
    }
    try {
      return ofDialect();
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(store.source() + ": " + e.getMessage(), e);
    }
  }

  private Optional<Told> ofDialect() {
    return switch (names.dialect()) {
      case META -> meta();
      case HUGGING_FACE -> huggingFace();
      case TORCHVISION -> Optional.of(plain("ViT", 1e-6, Resampling.PLAIN, ImagePreset.IMAGENET));
      case CLIP_HUGGING_FACE -> clipHuggingFace();
      case OPEN_CLIP -> openClip();
      case DINOV3_HUGGING_FACE -> Optional.empty();
    };
  }

  private Optional<Told> meta() {
    boolean classToken = names.has("cls_token");
    boolean attentionPool = names.has("attn_pool.latent");
    if (EVA.stream().anyMatch(names::hasOfTheirs) || (classToken && attentionPool)) {
      return Optional.empty();
    }
    if (names.has("norm_pre.weight")) {
      boolean assumed = !said.config().has("architecture");
      return Optional.of(
          told(
              "CLIP ViT",
              1e-5,
              Resampling.ANTIALIASED,
              ImagePreset.CLIP,
              Activation.GELU,
              assumed));
    }
    if (attentionPool) {
      return Optional.of(
          told(
              "SigLIP ViT",
              1e-6,
              Resampling.ANTIALIASED,
              ImagePreset.SIGLIP,
              size("patch_embed.proj.weight", 0) == GIANT_OPT
                  ? Activation.GELU_TANH
                  : Activation.GELU,
              true));
    }
    // timm's own file of a DINOv2 without registers has no mask token, and timm's way to resample.
    boolean metas = names.hasOfTheirs("mask_token") && !names.has("storage_tokens");
    Resampling resampling = metas && isDinoV2() ? Resampling.OFFSET : Resampling.ANTIALIASED;
    String name =
        isDinoV2() ? "DINOv2 ViT" : names.hasOfTheirs("dist_token") ? "DeiT, a ViT" : "ViT";
    requireNormsFirst(classToken);
    boolean clips = names.prefix().endsWith(ConvNextOrigin.CLIP_TOWER);
    return Optional.of(
        plain(name, 1e-6, resampling, clips ? ImagePreset.CLIP : ImagePreset.IMAGENET));
  }

  /** timm's ViTs whose norms come after their layers (rpn) have the tensors of others. */
  private void requireNormsFirst(boolean classToken) {
    boolean bare = !classToken && !names.has("blocks.0.attn.qkv.bias");
    String architecture = said.config().path("architecture").asText("");
    if (architecture.contains("_rpn_") || (bare && architecture.isEmpty())) {
      throw new IllegalArgumentException(
          "its norms may come after its layers, as of timm's ViTs of the name rpn, which are not"
              + " read: save it with torch.jit.trace, or put its config.json with another"
              + " architecture beside it");
    }
  }

  private boolean isDinoV2() {
    return names.has("blocks.0.ls1.gamma")
        && (names.has("storage_tokens") || size("patch_embed.proj.weight", 2) == DINOV2_PATCH);
  }

  private Optional<Told> huggingFace() {
    if (names.has("blocks.0.ls1.gamma")) {
      Resampling resampling =
          names.has("storage_tokens") ? Resampling.ANTIALIASED : Resampling.PLAIN;
      return Optional.of(plain("DINOv2 ViT", 1e-6, resampling, ImagePreset.IMAGENET));
    }
    boolean distilled = names.has("storage_tokens");
    return Optional.of(
        plain(
            distilled ? "DeiT, a ViT" : "ViT",
            1e-12,
            Resampling.PLAIN,
            distilled ? ImagePreset.IMAGENET : ImagePreset.INCEPTION));
  }

  private Optional<Told> clipHuggingFace() {
    boolean clip = names.has("cls_token") && names.has("norm_pre.weight");
    boolean sigLip = !names.has("cls_token") && !names.has("norm_pre.weight");
    if (clip) {
      return Optional.of(
          told("CLIP ViT", 1e-5, Resampling.PLAIN, ImagePreset.CLIP, Activation.QUICK_GELU, true));
    }
    return sigLip
        ? Optional.of(
            told(
                "SigLIP ViT",
                1e-6,
                Resampling.PLAIN,
                ImagePreset.SIGLIP,
                Activation.GELU_TANH,
                true))
        : Optional.empty();
  }

  private Optional<Told> openClip() {
    if (!names.has("cls_token") || !names.has("norm_pre.weight")) {
      return Optional.empty();
    }
    boolean openAi = OPENAI.stream().allMatch(store.entries()::containsKey);
    return Optional.of(
        told(
            "CLIP ViT",
            1e-5,
            Resampling.ANTIALIASED,
            ImagePreset.CLIP,
            openAi ? Activation.QUICK_GELU : Activation.GELU,
            !openAi));
  }

  private Told plain(String name, double epsilon, Resampling resampling, ImagePreset images) {
    boolean assumed = !names.has("cls_token");
    return told(name, epsilon, resampling, images, Activation.GELU, assumed);
  }

  /** The user's word before the file's, and that before what is usual. */
  private Told told(
      String name,
      double epsilon,
      Resampling resampling,
      ImagePreset images,
      Activation usual,
      boolean assumed) {
    // Of a gated MLP the activation is known, whatever a config says.
    Optional<Activation> known =
        new VitRecognition(store, names).isGated()
            ? Optional.of(Activation.GELU)
            : activation.map(Activation::of).or(said::activation);
    VitKind kind =
        new VitKind(
            name,
            names.has("cls_token"),
            Optional.of(positions(resampling)),
            known.orElse(usual),
            known.isEmpty() && assumed,
            pooling());
    return new Told(kind, said.tower().path("layer_norm_eps").asDouble(epsilon), images);
  }

  private Pooling pooling() {
    if (names.has("attn_pool.latent")) {
      return Pooling.ATTENTION;
    }
    Pooling usual =
        names.has("cls_token") && names.has("norm.weight") ? Pooling.CLASS_TOKEN : Pooling.MEAN;
    return said.pooling().orElse(usual);
  }

  /** Which of the tokens have a position: those of the patches, and some of those before them. */
  private LearnedPositions positions(Resampling resampling) {
    int dimensions = names.dialect().flat() ? 2 : 3;
    long count = size("pos_embed", dimensions - 2);
    int classTokens = names.has("cls_token") ? 1 : 0;
    long storage = names.has("storage_tokens") ? size("storage_tokens", 1) : 0;
    int[] size = rowsAndColumns();
    // What the config.json says before what a square would be: 1 + 14 x 16 is 15 x 15 too.
    long[] befores = {classTokens + storage, classTokens, 0};
    for (long before : befores) {
      if (size.length == 2 && (long) size[0] * size[1] == count - before) {
        return new LearnedPositions((int) before, size[0], size[1], resampling);
      }
    }
    for (long before : befores) {
      int side = (int) Math.round(Math.sqrt((double) Math.max(0, count - before)));
      if (side > 0 && side <= LARGEST && (long) side * side == count - before) {
        return new LearnedPositions((int) before, side, side, resampling);
      }
    }
    throw new IllegalArgumentException(
        "tensor '%s' has %d positions, expected those of a square of patches, or image_size: [height, width] in the config.json beside it"
            .formatted(names.stored("pos_embed"), count));
  }

  /** A tensor's size; 0 if it has no such dimension, and whoever loads it refuses it. */
  private long size(String name, int dimension) {
    TensorInfo stored = store.entries().get(names.stored(name));
    return stored != null && dimension < stored.shape().size() ? stored.shape().get(dimension) : 0;
  }

  /** Rows and columns of patches, where the config.json tells of images that are no squares. */
  private int[] rowsAndColumns() {
    long patch = size("patch_embed.proj.weight", 2);
    return patch > 0
        ? said.imageSize().stream().mapToInt(side -> (int) (side / patch)).toArray()
        : new int[0];
  }

  /** Attention heads, where the config.json tells them, or else the file's own metadata. */
  OptionalInt heads() {
    long width = size("patch_embed.proj.weight", 0);
    OptionalInt heads = said.heads((int) Math.min(width, VitRecognition.LARGEST));
    return heads.isPresent() ? heads : VitSettings.of(Optional.empty(), store.metadata()).heads();
  }
}
