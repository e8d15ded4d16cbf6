package org.tiltlens.harvest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.ImageFiles;
import org.tiltlens.corpus.ImageLimits;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.fixture.NoiseBundle;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.Named;
import org.tiltlens.models.VisionFile;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.VisionModel;

/** Single pictures, against the table of a harvest and against the dictionary itself. */
class FeatureReaderTest {
  private static final int IMAGE = 7;
  private static final ImageLimits LIMITS = new ImageLimits(1 << 20, 1 << 20, Duration.ofHours(1));

  /** What a batch of another size may change. */
  private static final double ROUNDING = 1e-3;

  @TempDir private static Path written;
  @TempDir private Path folder;
  private HarvestSpec spec;
  private FeatureTable table;
  private Corpus corpus;
  private FeaturePictures pictures;
  private FeatureReader reader;

  @BeforeEach
  void open() throws IOException {
    if (!Files.exists(written.resolve("bundle.json"))) {
      NoiseBundle.write(written, 3);
    }
    Bundle bundle = Bundle.at(written);
    spec = HarvestSpec.of(bundle);
    table = FeatureTable.open(bundle.path(bundle.manifest().features()));
    corpus = FeaturePictures.corpus(spec, table.info());
    pictures = FeaturePictures.open(spec, corpus, "cpu");
    reader = pictures.reader(spec, table.info());
  }

  @AfterEach
  void close() {
    pictures.close();
    corpus.close();
    table.close();
  }

  @Test
  void imagesOfTheCorpusHaveTheScoresOfTheTable() throws IOException {
    int compared = 0;
    SeenPicture seen = reader.read(IMAGE, folder);
    assertThat(seen.rows()).isEqualTo(table.info().mapHeight());
    assertThat(seen.features()).hasSize(table.info().features());
    for (FeatureStatistics feature : table.features(FeatureTable.Sort.INDEX, 1000)) {
      for (FeatureStatistics.TopImage top : feature.top()) {
        if (top.image() == IMAGE) {
          SeenPicture.Seen found = seen.features().get(feature.feature());
          assertThat(found.feature()).isEqualTo(feature.feature());
          assertThat(found.score()).isCloseTo(top.score(), within(ROUNDING));
          assertThat(found.row()).isEqualTo(top.row());
          assertThat(found.column()).isEqualTo(top.column());
          compared++;
        }
      }
    }
    assertThat(compared).isGreaterThan(10);
    assertThat(FeatureReader.found(folder)).isEqualTo(seen);
  }

  @Test
  void strongestAtAPlaceIsWhatTheDictionarySaysThere() throws IOException {
    reader.read(IMAGE, folder);
    List<SeenPicture.Strength> strongest = reader.at(folder, 1, 0, 5);
    assertThat(strongest)
        .hasSize(5)
        .isSortedAccordingTo(Comparator.comparingDouble(SeenPicture.Strength::value).reversed());
    try (Scope scope = Scope.open();
        SparseDictionary dictionary =
            SparseDictionary.open(Named.resolve(spec.dictionary()), Device.CPU);
        VisionModel vision =
            VisionFile.open(
                spec.vision(), spec.visionOptions(), dictionary.hookPoint(), Device.CPU)) {
      Tensor image = corpus.read(IMAGE).orElseThrow().unsqueeze(0);
      Tensor activations = vision.activations(image, dictionary.hookPoint());
      double highest = Double.NEGATIVE_INFINITY;
      for (int j = 0; j < dictionary.features(); j++) {
        highest = Math.max(highest, at(dictionary.preActivation(activations, j)));
      }
      SeenPicture.Strength first = strongest.get(0);
      assertThat(first.value()).isCloseTo(highest, within(ROUNDING));
      assertThat(at(dictionary.preActivation(activations, first.feature())))
          .isCloseTo(first.value(), within(ROUNDING));
      assertThat(first.active())
          .isEqualTo(at(dictionary.activation(activations, first.feature())) != 0);
    }
  }

  private static double at(Tensor map) {
    return Tensors.rows(map.squeeze(0))[1][0];
  }

  @Test
  void filesAreReadAsAnyPicture() throws IOException {
    byte[] png = ImageFiles.encoded(ImageFiles.noise(40, 1), "png");
    SeenPicture seen = reader.read(new ByteArrayInputStream(png), LIMITS, folder);
    assertThat(seen.features()).isNotEmpty();
    reader.writeMap(folder, 3, folder.resolve("map.png"));
    assertThat(folder.resolve("map.png")).isNotEmptyFile();
    assertThat(folder.resolve(FeatureReader.PICTURE)).isNotEmptyFile();
  }

  @Test
  void whatIsBeyondTheLimitsIsRefusedAndLeavesNothing() {
    byte[] png = ImageFiles.encoded(ImageFiles.noise(40, 1), "png");
    Path into = folder.resolve("refused");
    refuses(png, new ImageLimits(100, 1 << 20, Duration.ofHours(1)), into, "larger than");
    refuses(
        png, new ImageLimits(1 << 20, 1599, Duration.ofHours(1)), into, "is 40 x 40 pixels, more");
    refuses(
        png, new ImageLimits(1 << 20, 1600, Duration.ZERO), into, "takes longer to decode than 0");
    refuses(new byte[] {1, 2, 3}, LIMITS, into, "is no JPEG, PNG");
    assertThat(into).doesNotExist();
  }

  private void refuses(byte[] file, ImageLimits limits, Path into, String reason) {
    assertThatThrownBy(() -> reader.read(new ByteArrayInputStream(file), limits, into))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("the image ")
        .hasMessageContaining(reason);
  }

  @Test
  void tableOfOtherScoresIsRefused() {
    HarvestSpec other =
        new HarvestSpec(
            spec.vision(),
            spec.visionOptions(),
            spec.hook(),
            spec.dictionary(),
            spec.images(),
            spec.framing(),
            spec.limit(),
            "max",
            spec.center(),
            spec.top());
    assertThatThrownBy(() -> pictures.reader(other, table.info()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the harvest has 'feature:*@pre at ");
  }
}
