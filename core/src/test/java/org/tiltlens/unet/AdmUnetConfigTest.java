package org.tiltlens.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.checkpoint.CheckpointException;

class AdmUnetConfigTest {
  @Test
  void absentOptionsHaveTheReferencesDefaults() {
    AdmUnetConfig config = AdmUnetConfig.fromOptions(Map.of());
    assertThat(config)
        .isEqualTo(
            new AdmUnetConfig(
                64,
                3,
                128,
                3,
                List.of(1.0, 2.0, 3.0, 4.0),
                2,
                List.of(4, 8),
                new AttentionHeads(4, -1, -1, false),
                0,
                true,
                false,
                true,
                1));
  }

  @Test
  void optionsAreReadBackAsTheyWereWritten() {
    AdmUnetConfig patched =
        AdmUnetConfig.fromOptions(
            RandomUnets.options("patch_size", "2", "class_cond", "True", "num_classes", "10"));
    assertThat(AdmUnetConfig.fromOptions(patched.options())).isEqualTo(patched);
    assertThat(patched.patchSize()).isEqualTo(2);
    AdmUnetConfig published = AdmUnetConfig.IMAGENET_256;
    assertThat(AdmUnetConfig.fromOptions(published.options())).isEqualTo(published);
  }

  @Test
  void publishedImagenetModelHasItsPublishedSize() {
    AdmUnetConfig options =
        AdmUnetConfig.fromOptions(
            Map.of(
                "image_size", "256",
                "num_channels", "256",
                "channel_mult", "",
                "learn_sigma", "True",
                "attention_resolutions", "32,16,8",
                "num_head_channels", "64",
                "resblock_updown", "True",
                "use_fp16", "True",
                "noise_schedule", "linear"));
    assertThat(options).isEqualTo(AdmUnetConfig.IMAGENET_256);
    long parameters =
        AdmUnet.shapes(options).values().stream()
            .mapToLong(shape -> shape.stream().reduce(1L, Math::multiplyExact))
            .sum();
    // 2.2 GB of float32, the size of 256x256_diffusion_uncond.pt.
    assertThat(parameters).isEqualTo(552_814_086);
  }

  @Test
  void attentionThatNoLevelReachesIsDropped() {
    AdmUnetConfig config =
        AdmUnetConfig.fromOptions(RandomUnets.options("attention_resolutions", "32,16,2,1"));
    assertThat(config.attentionDownsampling()).containsExactly(1);
  }

  @Test
  void wrongOptionsNameThemselves() {
    assertWrong("num_channels", "many", "option num_channels: 'many' is not an integer");
    assertWrong("learn_sigma", "maybe", "'maybe' is not True or False");
    assertWrong("channel_mult", "1,,2", "numbers separated by commas");
    assertWrong("channel_mult", "", "no default channel_mult for image size 16");
    assertWrong("num_channels", "33", "num_channels: 33, must be positive and even");
    assertWrong("num_channels", "48", "level 0 has 1.0 x 48 = 48 channels");
    assertWrong("channel_mult", "1,1,1,1,1,1", "cannot be halved 5 times");
    assertWrong("num_heads", "0", "num_heads 0");
    assertThatThrownBy(
            () ->
                AdmUnet.shapes(
                    AdmUnetConfig.fromOptions(RandomUnets.options("num_head_channels", "24"))))
        .hasMessageContaining("32 channels cannot be split into heads of 24 channels");
  }

  private static void assertWrong(String option, String value, String message) {
    assertThatThrownBy(() -> AdmUnetConfig.fromOptions(RandomUnets.options(option, value)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  static Stream<AdmUnetConfig> family() {
    List<AdmUnetConfig> family = new ArrayList<>(List.of(AdmUnetConfig.IMAGENET_256));
    for (String updown : List.of("True", "False")) {
      for (String conv : List.of("True", "False")) {
        for (String blocks : List.of("1", "2", "3")) {
          for (String mult : List.of("1", "1,2", "0.5,1,1,3")) {
            for (String attention : List.of("64", "32,8", "")) {
              family.add(
                  AdmUnetConfig.fromOptions(
                      RandomUnets.options(
                          "image_size", "64",
                          "num_channels", "64",
                          "resblock_updown", updown,
                          "conv_resample", conv,
                          "num_res_blocks", blocks,
                          "channel_mult", mult,
                          "attention_resolutions", attention,
                          "use_scale_shift_norm", conv,
                          "learn_sigma", updown,
                          "class_cond", updown,
                          "num_classes", "7")));
            }
          }
        }
      }
    }
    return family.stream();
  }

  @ParameterizedTest
  @MethodSource("family")
  void shapesTellTheOptions(AdmUnetConfig config) {
    AdmRecognition recognition =
        new AdmRecognition("test", new TreeMap<>(AdmUnet.shapes(config)), false);
    assertThat(recognition.config(config.imageSize(), config.heads())).isEqualTo(config);
  }

  @Test
  void damagedShapesAreRefused() {
    TreeMap<String, List<Long>> shapes = new TreeMap<>(AdmUnet.shapes(RandomUnets.TINY));
    shapes.remove("out.2.weight");
    assertThatThrownBy(
            () -> new AdmRecognition("x.pt", shapes, false).config(16, AttentionHeads.CHANNELS_64))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "x.pt is no checkpoint of an ADM UNet: 'out.2.weight' is missing or has no dimension"
                + " 0");
  }
}
