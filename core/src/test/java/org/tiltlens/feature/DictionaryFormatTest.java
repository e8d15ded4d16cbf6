package org.tiltlens.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.tiltlens.golden.Goldens.assertClose;

import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** What every way to store a dictionary must give: the library's own numbers. */
@Tag("rounding")
class DictionaryFormatTest {
  private static final int POSITIONS = 12;

  @TempDir Path folder;
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  static List<FormatSample> samples() {
    return FormatSample.all();
  }

  private static Tensor activations() {
    return Noise.normal(3, 0, 0, 2, FormatSample.CHANNELS, 2, 3);
  }

  /** (N, C, h, w) -> (N h w, C). */
  private static Tensor positions(Tensor maps) {
    return maps.permute(0, 2, 3, 1).reshape(POSITIONS, maps.size(1));
  }

  private static Tensor at(Tensor positions, UnaryOperator<double[]> formula) {
    double[][] rows = new double[POSITIONS][];
    for (int i = 0; i < POSITIONS; i++) {
      rows[i] = formula.apply(Tensors.toDoubles(positions.select(0, i)));
    }
    Tensor[] tensors = new Tensor[POSITIONS];
    for (int i = 0; i < POSITIONS; i++) {
      tensors[i] = Tensors.doubles(rows[i], rows[i].length);
    }
    return Tensors.stack(List.of(tensors));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void codesAndPredictionsAreTheLibrarys(FormatSample sample) {
    sample.write(folder);
    try (SparseDictionary d = SparseDictionary.open(folder, Device.CPU)) {
      Tensor a = activations();
      Tensor pre = at(positions(a), sample.pre());
      Tensor codes = at(pre, sample.active());
      assertThat(Tensors.toFloats(codes)).as("some are active, some not").contains(0);
      assertThat(Tensors.toDoubles(codes.sum())[0]).isPositive();
      assertClose(positions(d.preActivations(a)), pre, 1e-5, "pre-activations");
      assertClose(positions(d.encode(a)), codes, 1e-5, "codes");
      Tensor decoded = positions(d.decode(d.encode(a)));
      assertClose(decoded, at(codes, sample.decode()), 1e-5, "prediction");
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void oneFeatureAloneEqualsThatFeatureAmongAll(FormatSample sample) {
    sample.write(folder);
    try (SparseDictionary d = SparseDictionary.open(folder, Device.CPU)) {
      Tensor pre = d.preActivations(activations());
      Tensor codes = d.encode(activations());
      for (int feature = 0; feature < d.features(); feature++) {
        assertClose(d.preActivation(activations(), feature), pre.select(1, feature), 1e-6, "pre");
        assertClose(
            d.activation(activations(), feature), codes.select(1, feature), 1e-6, "activation");
      }
    }
  }

  /**
   * Pre-activations are affine, so a gradient is the difference that one unit of a channel makes.
   */
  @ParameterizedTest
  @MethodSource("samples")
  void gradientsAreTheFilters(FormatSample sample) {
    sample.write(folder);
    try (SparseDictionary d = SparseDictionary.open(folder, Device.CPU)) {
      double[] origin = sample.pre().apply(new double[FormatSample.CHANNELS]);
      for (int feature = 0; feature < d.features(); feature++) {
        Tensor a = Autograd.leaf(activations());
        Tensor gradient = Autograd.gradient(d.preActivation(a, feature).sum(), a);
        double[] filter = new double[FormatSample.CHANNELS];
        for (int c = 0; c < filter.length; c++) {
          double[] unit = new double[filter.length];
          unit[c] = 1;
          filter[c] = sample.pre().apply(unit)[feature] - origin[feature];
        }
        Tensor expected = Tensors.doubles(filter, filter.length).expand(POSITIONS, filter.length);
        assertClose(positions(gradient), expected, 1e-5, "gradient of feature " + feature);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void theFileOfWeightsStandsForItsFolder(FormatSample sample) {
    Path weights = sample.write(folder);
    try (SparseDictionary whole = SparseDictionary.open(folder, Device.CPU);
        SparseDictionary file = SparseDictionary.open(weights, Device.CPU)) {
      assertClose(file.encode(activations()), whole.encode(activations()), 0, "codes");
      assertThat(SparseDictionary.describe(weights)).contains(whole.describe());
      assertThat(whole.describe()).contains("7 features over 5 channels, 1x1 filters");
    }
  }
}
