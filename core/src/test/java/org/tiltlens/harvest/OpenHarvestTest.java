package org.tiltlens.harvest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.corpus.Framing;
import org.tiltlens.corpus.ImageFiles;
import org.tiltlens.golden.Goldens;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.synthesis.MagnitudeSpectrum;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Tensors;

/** Parts of a harvest, computed apart, against a pass over all images. */
class OpenHarvestTest {
  private static final int IMAGES = 90;
  private static final int SIDE = 32;
  private static final Lanes LANES = new Lanes(1, 1);

  @TempDir private Path folder;

  /** One image is no image, and two are equal. */
  private HarvestSpec spec() throws IOException {
    Path images = Files.createDirectories(folder.resolve("images"));
    for (int i = 0; i < IMAGES; i++) {
      byte[] png = ImageFiles.encoded(ImageFiles.noise(SIDE, i == 40 ? 41 : i), "png");
      Files.write(images.resolve("%03d.png".formatted(i)), i == 17 ? Arrays.copyOf(png, 60) : png);
    }
    return new HarvestSpec(
        Goldens.file("dinov3_convnext_hf").toString(),
        Map.of(),
        null,
        Goldens.file("cnnsae").toString(),
        images.toString(),
        Framing.crop(SIDE),
        Integer.MAX_VALUE,
        "mix:0.7",
        0.5,
        5);
  }

  private static HarvestPart again(HarvestPart part) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    part.write(out);
    return HarvestPart.read(new ByteArrayInputStream(out.toByteArray()));
  }

  @Test
  void partsInAnyOrderAddUpToThePassOverAllToTheBit() throws IOException {
    HarvestSpec spec = spec();
    Path whole = folder.resolve("whole.parquet");
    HarvestStudy.Outcome expected =
        HarvestStudy.run(spec, new Execution("cpu", 1, 2, 1), whole, Progress.SILENT);
    Path summed = folder.resolve("summed.parquet");
    try (OpenHarvest open = OpenHarvest.open(spec, Device.CPU)) {
      List<HarvestPart> parts = new ArrayList<>();
      for (int from : new int[] {0, 16, 64}) {
        int to = from == 0 ? 16 : from == 16 ? 64 : IMAGES;
        parts.add(again(open.part(from, to, LANES, images -> {})));
      }
      Collections.shuffle(parts, new Random(3));
      HarvestPart all = parts.get(0);
      all.add(parts.get(1));
      assertThatThrownBy(() -> open.write(all, summed, "m")).hasMessageContaining("add all");
      all.add(parts.get(2));
      HarvestStudy.Outcome outcome = open.write(all, summed, open.models(Progress.SILENT));
      assertThat(outcome).isEqualTo(expected);
      assertThat(outcome.leftOut().why()).containsExactly(Map.entry("damaged", 1));
    }
    assertThat(summed).hasSameBinaryContentAs(whole);
    assertThat(SkippedFile.beside(summed)).hasSameTextualContentAs(SkippedFile.beside(whole));
    try (MagnitudeSpectrum one = MagnitudeSpectrum.read(CorpusSpectrum.beside(whole));
        MagnitudeSpectrum other = MagnitudeSpectrum.read(CorpusSpectrum.beside(summed))) {
      float[] all = Tensors.toFloats(one.magnitudes());
      float[] sum = Tensors.toFloats(other.magnitudes());
      assertThat(other.images()).isEqualTo(one.images()).isEqualTo(IMAGES - 1);
      for (int i = 0; i < all.length; i++) {
        assertThat(sum[i]).isCloseTo(all[i], within(Math.ulp(all[i])));
      }
    }
  }

  @Test
  void aPartIsTheSameEachTimeItIsComputed() throws IOException {
    try (OpenHarvest open = OpenHarvest.open(spec(), Device.CPU)) {
      List<byte[]> written = new ArrayList<>();
      for (int time = 0; time < 2; time++) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        open.part(0, 48, new Lanes(1 + time, 1), images -> {}).write(out);
        written.add(out.toByteArray());
      }
      assertThat(written.get(1)).isEqualTo(written.get(0));
    }
  }

  @Test
  void partsBeginWhereBatchesBegin() throws IOException {
    try (OpenHarvest open = OpenHarvest.open(spec(), Device.CPU)) {
      assertThatThrownBy(() -> open.part(8, 40, LANES, images -> {}))
          .hasMessage("a part of images 8 .. 39: must begin at a multiple of 16 and end by 90");
    }
  }

  @Test
  void damagedBytesAreNoPart() throws IOException {
    byte[] bytes;
    try (OpenHarvest open = OpenHarvest.open(spec(), Device.CPU)) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      open.part(16, 32, LANES, images -> {}).write(out);
      bytes = out.toByteArray();
    }
    bytes[bytes.length - 40] ^= 8;
    assertThatThrownBy(() -> HarvestPart.read(new ByteArrayInputStream(bytes)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
