package org.tiltlens.vision;

import java.util.stream.Stream;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.vision.ConvNextNames.Dialect;

/** What a ConvNeXt was trained for, as far as its file tells. */
enum ConvNextOrigin {
  DINOV3("DINOv3 ConvNeXt%s"),
  SUPERVISED("supervised ConvNeXt%s"),
  /** The image tower of OpenCLIP. */
  CLIP("CLIP's ConvNeXt%s"),
  /** With global response norms, whatever it was trained for. */
  V2("ConvNeXt-V2%s"),
  /** Nothing tells. */
  UNKNOWN("ConvNeXt%s (DINOv3's or supervised: same names)");

  static final String CLIP_TOWER = "visual.trunk.";

  private final String title;

  ConvNextOrigin(String title) {
    this.title = title;
  }

  /**
   * The network's name.
   *
   * @param size its published size with a dash before it, or empty
   */
  String title(String size) {
    return title.formatted(size);
  }

  static ConvNextOrigin of(
      TensorStore store, ConvNextNames names, ConvNextParts parts, Beside beside) {
    if (parts.responding()) {
      return V2;
    }
    if (names.dialect() == Dialect.META && has(store, names, "head.weight")) {
      return SUPERVISED; // Whatever it began as, it was trained to classify.
    }
    // Meta's DINOv3 has its last norm under two names.
    boolean named = names.dialect() == Dialect.HUGGING_FACE_DINOV3 || has(store, names, "norms.");
    if (named || said(beside).anyMatch(text -> text.contains("dinov3"))) {
      return DINOV3;
    }
    if (names.prefix().endsWith(CLIP_TOWER) || said(beside).anyMatch(t -> t.contains(".clip_"))) {
      return CLIP;
    }
    boolean classifies =
        names.dialect() == Dialect.TORCHVISION
            || names.dialect() == Dialect.HUGGING_FACE
            || has(store, names, "head.fc.");
    return classifies ? SUPERVISED : UNKNOWN;
  }

  private static boolean has(TensorStore store, ConvNextNames names, String start) {
    String whole = names.prefix() + start;
    return store.entries().keySet().stream().anyMatch(name -> name.startsWith(whole));
  }

  /** What timm's {@code config.json} says of the weights. */
  private static Stream<String> said(Beside beside) {
    var config = beside.configuration();
    return Stream.of(
            config.path("architecture"),
            config.path("pretrained_cfg").path("tag"),
            config.path("pretrained_cfg").path("hf_hub_id"))
        .map(node -> "." + node.asText(""));
  }
}
