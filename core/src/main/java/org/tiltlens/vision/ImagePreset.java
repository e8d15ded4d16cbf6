package org.tiltlens.vision;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Means and standard deviations that vision networks are trained with, of values in [0, 1]. */
public enum ImagePreset {
  /** ImageNet's: torchvision, DINO, DINOv2, DINOv3 (LVD), DeiT, MAE. */
  IMAGENET(List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225)),
  /** DINOv3's of SAT-493M, as its repository says for satellite images. */
  SATELLITE(List.of(0.430, 0.411, 0.296), List.of(0.213, 0.156, 0.143)),
  /** 1/2 each: Inception, Google's ViTs. */
  INCEPTION(List.of(0.5, 0.5, 0.5), List.of(0.5, 0.5, 0.5)),
  /** OpenAI's CLIP and most that follow it. */
  CLIP(List.of(0.48145466, 0.4578275, 0.40821073), List.of(0.26862954, 0.26130258, 0.27577711)),
  /** SigLIP's, which are {@link #INCEPTION}'s. */
  SIGLIP(List.of(0.5, 0.5, 0.5), List.of(0.5, 0.5, 0.5));

  private final List<Double> mean;
  private final List<Double> std;

  ImagePreset(List<Double> mean, List<Double> std) {
    this.mean = mean;
    this.std = std;
  }

  /** Its word: {@code satellite}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The preset of a word. */
  static ImagePreset of(String word) {
    return Arrays.stream(values())
        .filter(preset -> preset.word().equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "preset is '%s', expected one of %s"
                        .formatted(word, Arrays.stream(values()).map(ImagePreset::word).toList())));
  }

  /** What to do to images in [-1, 1], of any size. */
  Preprocessing images() {
    return Preprocessing.ofMeanAndStd(mean, std);
  }
}
