package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.harvest.FeatureTable;

/** What was trained here is used by its folder, on images such as it was trained on. */
class TrainedNetworkTest {
  @TempDir private Path folder;

  @Test
  void foldersOpenAsWhatIsInThemAtTheSizeTrainedAt() throws IOException {
    assertThat(train("vision", "--dims", "8", "--depths", "1", "--image-size", "16").err())
        .isEmpty();
    Outcome dictionary =
        train("dictionary", "--vision", at("vision"), "--block", "stages.0.0", "--top-k", "4");
    assertThat(dictionary.err()).isEmpty();
    assertThat(dictionary.out()).contains("dictionary: 1 steps");

    Outcome usual = harvest("usual.parquet");
    assertThat(usual.err()).isEmpty();
    assertThat(framing("usual.parquet")).isEqualTo("crop to 16 x 16");

    Outcome other = harvest("other.parquet", "--image-size", "24");
    assertThat(other.err())
        .contains(
            "note: '"
                + at("vision")
                + "' was trained at 16 x 16 pixels and is used at 24 x 24; --image-size 16 shows it"
                + " what it knows")
        .contains("note: '" + at("dictionary") + "' was trained at 16 x 16");
    assertThat(framing("other.parquet")).isEqualTo("crop to 24 x 24");
    assertThat(Outcome.of(List.of("inspect", at("vision"))).out())
        .contains("stages.0.0.{hook_resid_pre,hook_conv_out,hook_block_out,hook_resid_post}  8 ch")
        .contains("image_size = 16")
        .contains("--block stages.0.0 (a transcoder)");
  }

  @Test
  void aFolderOfSeveralNetworksOrNoneYetIsRefused() throws IOException {
    train("vision", "--dims", "8", "--depths", "1", "--image-size", "16");
    Path vision = Path.of(at("vision"));
    Files.copy(vision.resolve("vision.safetensors"), vision.resolve("prior.safetensors"));
    train("dictionary", "--vision", at("vision"), "--block", "stages.0.0")
        .assertRefused("holds several checkpoints (prior.safetensors, vision.safetensors)");
    Files.delete(vision.resolve("prior.safetensors"));
    Files.delete(vision.resolve("vision.safetensors"));
    train("dictionary", "--vision", at("vision"), "--block", "stages.0.0")
        .assertRefused("holds a training that has not written its network");
  }

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  private String framing(String table) throws IOException {
    try (FeatureTable opened = FeatureTable.open(folder.resolve(table))) {
      return opened.info().framing();
    }
  }

  private Outcome train(String kind, String... more) throws IOException {
    List<String> words = new ArrayList<>(List.of("train", kind, "--images", images()));
    words.addAll(List.of("--batch", "4", "--steps", "1", "--out", at(kind)));
    words.addAll(List.of(more));
    return Outcome.of(words);
  }

  private Outcome harvest(String table, String... more) throws IOException {
    List<String> words = new ArrayList<>(List.of("harvest", "--images", images()));
    words.addAll(List.of("--vision", at("vision"), "--dictionary", at("dictionary")));
    words.addAll(List.of("--out", at(table)));
    words.addAll(List.of(more));
    return Outcome.of(words);
  }

  /** Twenty pictures of noise in two classes. */
  private String images() throws IOException {
    Path pictures = folder.resolve("pictures");
    if (Files.notExists(pictures)) {
      Random random = new Random(1);
      for (int i = 0; i < 20; i++) {
        BufferedImage noise = new BufferedImage(40, 32, BufferedImage.TYPE_INT_RGB);
        noise.setRGB(0, 0, 40, 32, random.ints(40 * 32).toArray(), 0, 40);
        Path of = Files.createDirectories(pictures.resolve(i % 2 == 0 ? "even" : "odd"));
        ImageIO.write(noise, "png", of.resolve(i + ".png").toFile());
      }
    }
    return pictures.toString();
  }
}
