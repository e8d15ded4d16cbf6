package org.tiltlens.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.tiltlens.golden.Goldens.assertClose;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.feature.Score;
import org.tiltlens.torch.Fourier;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class MacoAscentTest {
  private static final int SIZE = 12;

  @TempDir private Path folder;
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Tensor image(int index) {
    return Tensors.clamp(Noise.normal(3, index, 0, 3, SIZE, SIZE), -1, 1);
  }

  private static MagnitudeSpectrum spectrum(int images) {
    return MagnitudeSpectrum.of(
        IntStream.range(0, images).mapToObj(MacoAscentTest::image).iterator());
  }

  /** All frequencies but those that share a column with their mirror image. */
  private static Tensor inner(Tensor magnitudes) {
    return magnitudes.narrow(2, 1, SIZE / 2 - 1);
  }

  @Test
  void magnitudesAreTheCorpusUpToOneFactor() {
    try (MagnitudeSpectrum spectrum = spectrum(5)) {
      MacoAscent ascent = new MacoAscent(images -> Tensors.mean(images, 1, 2, 3), spectrum, SIZE);
      for (int sample = 0; sample < 3; sample++) {
        Tensor z = ascent.directions(Noise.normal(1, sample, 0, 1, 3, SIZE, SIZE / 2 + 1));
        assertThat(z.mean().item_double()).isCloseTo(0, within(1e-6));
        assertThat(z.std().item_double()).isCloseTo(1, within(1e-3));
        Tensor kept = inner(Fourier.transform(z.squeeze(0)).abs());
        Tensor wanted = inner(spectrum.magnitudes());
        double factor = kept.sum().item_double() / wanted.sum().item_double();
        assertThat(Tensors.toDoubles(Tensors.scale(kept, 1 / factor)))
            .containsExactly(Tensors.toDoubles(wanted), within(1e-5 * wanted.max().item_double()));
      }
    }
  }

  @Test
  void spectrumIsTheMeanMagnitudeOfTheColourDirections() {
    Tensor mean = null;
    for (int i = 0; i < 3; i++) {
      Tensor unit = Tensors.scale(Tensors.plus(image(i), 1), 0.5).unsqueeze(0);
      Tensor each = Fourier.transform(ColourCorrelation.toDirections(unit)).squeeze(0).abs();
      mean = mean == null ? Tensors.scale(each, 1 / 3.0) : mean.add(Tensors.scale(each, 1 / 3.0));
    }
    try (MagnitudeSpectrum spectrum = spectrum(3)) {
      assertThat(spectrum.images()).isEqualTo(3);
      assertThat(spectrum.size()).isEqualTo(SIZE);
      assertClose(spectrum.magnitudes(), mean, 1e-5, "mean magnitudes");
    }
  }

  @Test
  void imagesOfASpectrumAreFreedOneByOne() {
    List<Tensor> living = new ArrayList<>();
    Stream<Tensor> images =
        IntStream.range(0, 6)
            .mapToObj(
                i -> {
                  living.removeIf(image -> image.isNull());
                  assertThat(living).as("images in memory before the next is read").isEmpty();
                  living.add(image(i));
                  return living.get(0);
                });
    try (MagnitudeSpectrum spectrum = MagnitudeSpectrum.of(images.iterator())) {
      assertThat(spectrum.images()).isEqualTo(6);
    }
  }

  @Test
  void spectraKeepTheirBitsInAFile() {
    Path file = folder.resolve("spectrum.safetensors");
    try (MagnitudeSpectrum spectrum = spectrum(2)) {
      spectrum.write(file);
      try (MagnitudeSpectrum read = MagnitudeSpectrum.read(file)) {
        assertThat(read.images()).isEqualTo(2);
        assertClose(read.magnitudes(), spectrum.magnitudes(), 0, "magnitudes");
      }
    }
  }

  @Test
  void otherFilesAreNoSpectra() throws Exception {
    Path file = folder.resolve("other.safetensors");
    Map<String, String> images = Map.of("images", "1");
    SafetensorsWriter.write(file, Map.of("magnitudes", Tensors.full(-1, 3, 4, 3)), images);
    assertThatThrownBy(() -> MagnitudeSpectrum.read(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("negative magnitudes");
    SafetensorsWriter.write(file, Map.of("magnitudes", Tensors.full(1, 3, 4, 4)), images);
    assertThatThrownBy(() -> MagnitudeSpectrum.read(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("a spectrum of shape 3x4x4");
    SafetensorsWriter.write(file, Map.of("magnitudes", Tensors.full(1, 3, 4, 3)), Map.of());
    assertThatThrownBy(() -> MagnitudeSpectrum.read(file)).isInstanceOf(CheckpointException.class);
    Files.writeString(file, "no");
    assertThatThrownBy(() -> MagnitudeSpectrum.read(file)).isInstanceOf(CheckpointException.class);
  }

  @Test
  void noImagesAndImagesOfTwoSizesAreRefused() {
    assertThatThrownBy(() -> spectrum(0)).hasMessageContaining("no images");
    List<Tensor> images = List.of(image(0), Tensors.zeros(3, 8, 8));
    assertThatThrownBy(() -> MagnitudeSpectrum.of(images.iterator()))
        .hasMessage("images with spectra of 3x12x7 and 3x8x5: expected one size");
  }

  @Test
  void cropsOfTheUsualCanvasAreShrunk() {
    assertThat(MacoAscent.canvas(224)).isEqualTo(1280);
    assertThat(MacoAscent.canvas(32)).isEqualTo(184);
    for (int size = 2; size < 300; size++) {
      int canvas = MacoAscent.canvas(size);
      assertThat(canvas % 2).isZero();
      assertThat(canvas).isGreaterThanOrEqualTo(5 * size);
      assertThat(canvas * MacoAscent.Settings.DEFAULTS.smallestCrop()).isGreaterThan(size);
    }
  }

  @Test
  void picturesHaveTheModelsSizeAndImagesTheCanvas() {
    List<long[]> seen = new ArrayList<>();
    Score score =
        images -> {
          seen.add(Tensors.shape(images));
          return Tensors.mean(images, 1, 2, 3);
        };
    int canvas = MacoAscent.canvas(SIZE);
    try (MagnitudeSpectrum spectrum = spectrum(2);
        MagnitudeSpectrum large = spectrum.resized(canvas)) {
      MacoAscent ascent = new MacoAscent(score, large, SIZE);
      try (AscentState state = ascent.advance(ascent.start(1, 0))) {
        ascent.viewScores(state, 1, 1);
        assertThat(seen)
            .usingRecursiveComparison()
            .isEqualTo(List.of(new long[] {6, 3, SIZE, SIZE}, new long[] {1, 3, SIZE, SIZE}));
        Tensor image = ascent.image(state);
        Tensor picture = ascent.picture(state);
        assertThat(Tensors.shape(image)).containsExactly(1, 3, canvas, canvas);
        assertThat(Tensors.shape(picture)).containsExactly(1, 3, SIZE, SIZE);
        assertThat(picture.mean().item_double())
            .isCloseTo(image.mean().item_double(), within(0.02));
      }
      MacoAscent whole = new MacoAscent(score, spectrum, SIZE);
      try (AscentState state = whole.start(1, 0)) {
        assertClose(whole.picture(state), whole.image(state), 0, "a canvas of the model's size");
      }
    }
  }

  @Test
  void flatSpectraStayFlatAtAnotherSize() {
    try (MagnitudeSpectrum flat =
            new MagnitudeSpectrum(Scope.keepForever(Tensors.full(2, 3, SIZE, SIZE / 2 + 1)), 1);
        MagnitudeSpectrum large = flat.resized(2 * SIZE)) {
      assertThat(Tensors.shape(large.magnitudes())).containsExactly(3, 2 * SIZE, SIZE + 1);
      assertThat(large.magnitudes().min().item_double()).isCloseTo(2, within(1e-5));
      assertThat(large.magnitudes().max().item_double()).isCloseTo(2, within(1e-5));
    }
  }
}
