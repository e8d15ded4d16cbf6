package org.tiltlens.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiltlens.golden.Goldens.TOLERANCE;
import static org.tiltlens.golden.Goldens.assertClose;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;

/** The transcoder and the spatial reductions against the authors' definitions. */
@Tag("golden")
class FeatureGoldenTest {
  /** {@code center_0.5.mix_0.7}: crop to 0.5, then mix:0.7. */
  private static final Pattern KEY = Pattern.compile("center_([0-9.]+)\\.([a-z].*)");

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void transcoderAgrees() {
    try (TensorStore io = Goldens.open("cnnsae_io.safetensors");
        SparseDictionary dictionary = SparseDictionary.open(Goldens.file("cnnsae"), Device.CPU)) {
      Tensor input = io.load("input");
      Tensor codes = dictionary.encode(input);
      assertClose(
          positions(dictionary.preActivations(input)), io.load("hidden_pre"), TOLERANCE, "pre");
      assertClose(positions(codes), io.load("feature_acts"), TOLERANCE, "codes");
      assertClose(
          positions(dictionary.decode(codes)), io.load("reconstructed"), TOLERANCE, "decoded");
      assertThat(codes.requires_grad()).isFalse();
    }
  }

  @Test
  void oneFeatureAloneAgrees() {
    try (TensorStore io = Goldens.open("cnnsae_io.safetensors");
        SparseDictionary dictionary = SparseDictionary.open(Goldens.file("cnnsae"), Device.CPU)) {
      Tensor input = io.load("input");
      int last = dictionary.features() - 1;
      for (int feature : new int[] {0, last / 2, last}) {
        assertClose(
            dictionary.preActivation(input, feature).flatten(1, 2),
            io.load("hidden_pre").select(2, feature),
            TOLERANCE,
            "pre-activation of " + feature);
        assertClose(
            dictionary.activation(input, feature).flatten(1, 2),
            io.load("feature_acts").select(2, feature),
            TOLERANCE,
            "activation of " + feature);
      }
    }
  }

  /** (N, K, h, w) -> (N, h w, K), as the reference lays it out. */
  private static Tensor positions(Tensor maps) {
    return maps.flatten(2, 3).transpose(1, 2);
  }

  @Test
  void foldersAreRecognised() {
    assertThat(SparseDictionary.describe(Goldens.file("cnnsae")))
        .hasValueSatisfying(
            line -> {
              DictionaryConfig config = DictionaryConfig.read(Goldens.file("cnnsae"));
              assertThat(line).contains(config.hookPointIn(), config.channels() + " channels");
            });
    // A vision model's folder has a config.json too.
    assertThat(SparseDictionary.describe(Goldens.file("dinov3_convnext_hf"))).isEmpty();
    assertThat(SparseDictionary.describe(Goldens.folder())).isEmpty();
    assertThat(SparseDictionary.describe(Goldens.file("no such folder"))).isEmpty();
  }

  @Test
  void weightsFilesFindTheirConfigurationBesideThem() {
    try (SparseDictionary folder = SparseDictionary.open(Goldens.file("cnnsae"), Device.CPU);
        SparseDictionary file =
            SparseDictionary.open(
                Goldens.file("cnnsae").resolve("sae_weights.safetensors"), Device.CPU)) {
      assertThat(file).hasToString(folder.toString());
    }
    assertThatThrownBy(() -> SparseDictionary.open(Goldens.file("nowhere"), Device.CPU))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("nowhere");
  }

  @Test
  void spatialReductionsAgree() {
    try (TensorStore golden = Goldens.open("spatial_reductions.safetensors")) {
      Tensor map = golden.load("feature_map");
      List<String> names =
          golden.entries().keySet().stream().filter(name -> !name.equals("feature_map")).toList();
      assertThat(names).isNotEmpty();
      for (String name : names) {
        Matcher parts = KEY.matcher(name);
        assertThat(parts.matches()).as(name).isTrue();
        CentralCrop crop = new CentralCrop(Double.parseDouble(parts.group(1)));
        SpatialReduction reduction = SpatialReduction.parse(parts.group(2).replace('_', ':'));
        assertClose(reduction.of(crop.of(map)), golden.load(name), TOLERANCE, name);
      }
    }
  }
}
