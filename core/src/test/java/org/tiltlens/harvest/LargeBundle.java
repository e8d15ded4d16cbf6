package org.tiltlens.harvest;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.fixture.NoiseBundle;
import org.tiltlens.models.Bundle;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Writes a bundle as large as published ones, to try the studio on: a random dictionary over a tiny
 * network, a corpus of striped noise in ten classes, and a table of random numbers, of which only
 * the sizes mean something.
 *
 * <p>{@code LargeBundle FOLDER [features] [images]}; 12,288 and 100,000 if not said.
 */
public final class LargeBundle {
  private static final Path GOLDENS = Path.of("../core/src/test/resources/goldens");
  private static final int CHANNELS = 32;
  private static final int SIDE = 28;
  private static final int CLASSES = 10;
  private static final int TOP = 16;
  private static final int SAMPLE = 512;

  private final Random random = new Random(11);
  private final Path folder;
  private final int features;
  private final int images;

  private LargeBundle(Path folder, int features, int images) {
    this.folder = folder;
    this.features = features;
    this.images = images;
  }

  public static void main(String[] args) throws IOException, SQLException {
    int features = args.length > 1 ? Integer.parseInt(args[1]) : 12_288;
    int images = args.length > 2 ? Integer.parseInt(args[2]) : 100_000;
    LargeBundle bundle = new LargeBundle(Path.of(args[0]), features, images);
    Files.createDirectories(bundle.folder);
    NoiseBundle.copy(
        GOLDENS.resolve("dinov3_convnext_hf"), bundle.folder.resolve("dinov3_convnext_hf"));
    Files.copy(GOLDENS.resolve("adm_unet.pt"), bundle.folder.resolve("adm_unet.pt"));
    bundle.dictionary();
    bundle.corpus();
    bundle.table();
  }

  private void dictionary() throws IOException {
    Path dictionary = Files.createDirectories(folder.resolve("dictionary"));
    String config =
        Files.readString(GOLDENS.resolve("cnnsae/config.json"))
            .replace("\"kernel_size\": 7", "\"kernel_size\": 1")
            .replace("\"padding\": 3", "\"padding\": 0")
            .replace("\"act_fn\": \"topk\"", "\"act_fn\": \"relu\"")
            .replace("\"expansion_factor\": 4", "\"expansion_factor\": " + features / CHANNELS);
    Files.writeString(dictionary.resolve("config.json"), config);
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put("W_conv", normal(features, CHANNELS, 1, 1));
      tensors.put("b_conv", normal(features));
      tensors.put("W_D", normal(features, CHANNELS));
      tensors.put("b_D", normal(CHANNELS));
      for (String hook : List.of("hook_resid_pre", "hook_block_out")) {
        tensors.put("dataset_average_activation_norm.stages.2.1." + hook, Tensors.full(1, 1));
      }
      SafetensorsWriter.write(
          dictionary.resolve("sae_weights.safetensors"), tensors, Map.of("format", "pt"));
    }
  }

  private Tensor normal(long... shape) {
    float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensors.floats(values, shape);
  }

  private void corpus() throws IOException {
    try (DataOutputStream pixels = out("images-idx3-ubyte");
        DataOutputStream labels = out("labels-idx1-ubyte")) {
      for (int number : new int[] {0x803, images, SIDE, SIDE}) {
        pixels.writeInt(number);
      }
      labels.writeInt(0x801);
      labels.writeInt(images);
      byte[] image = new byte[SIDE * SIDE];
      for (int i = 0; i < images; i++) {
        random.nextBytes(image);
        for (int p = 0; p < image.length; p++) {
          boolean stripe = (p / SIDE + p % SIDE * (i % CLASSES)) % 8 < 4;
          image[p] = (byte) ((image[p] & 63) + (stripe ? 160 : 0));
        }
        pixels.write(image);
        labels.writeByte(i % CLASSES);
      }
    }
    StringBuilder names = new StringBuilder();
    for (int c = 0; c < CLASSES; c++) {
      names.append("stripes ").append((char) ('A' + c)).append('\n');
    }
    Files.writeString(folder.resolve("class-names.txt"), names);
    Files.writeString(
        folder.resolve("bundle.json"),
        """
        {"name": "large", "image_size": 32, "fit": "PAD", "vision": "dinov3_convnext_hf",
         "dictionary": "dictionary", "prior": "adm_unet.pt",
         "prior_options": {"image_size": "32", "num_head_channels": "16"},
         "noise_schedule": "linear", "base_steps": 1000, "respacing": "3", "preset": "standard",
         "corpus": "images-idx3-ubyte", "features": "features.parquet", "data_licence": "none"}
        """);
  }

  private DataOutputStream out(String name) throws IOException {
    return new DataOutputStream(
        new BufferedOutputStream(Files.newOutputStream(folder.resolve(name))));
  }

  private void table() throws IOException, SQLException {
    HarvestSpec spec = HarvestSpec.of(Bundle.at(folder));
    HarvestInfo info;
    try (Corpus corpus = Corpus.open(folder.resolve("images-idx3-ubyte"), spec.framing())) {
      info =
          new HarvestInfo(
              images,
              0,
              features,
              2,
              2,
              "random numbers",
              corpus.framing().toString(),
              corpus.fingerprint(images),
              "none",
              null);
    }
    try (FeatureTableWriter writer = new FeatureTableWriter()) {
      for (int feature = 0; feature < features; feature++) {
        writer.add(row(feature));
      }
      writer.writeTo(folder.resolve("features.parquet"), info.toMap());
    }
  }

  private FeatureStatistics row(int feature) {
    double frequency = Math.pow(10, -4 * random.nextDouble());
    double[] scores = new double[SAMPLE];
    int[] counts = new int[SAMPLE];
    for (int i = 0; i < SAMPLE; i++) {
      scores[i] = random.nextGaussian() + feature % 7;
      counts[i] = images / SAMPLE;
    }
    Arrays.sort(scores);
    counts[0] += images % SAMPLE;
    List<FeatureStatistics.TopImage> top = new ArrayList<>();
    for (int i = 0; i < TOP; i++) {
      int image = random.nextInt(images / CLASSES) * CLASSES;
      int kind = i % 3 == 0 ? random.nextInt(CLASSES) : feature % CLASSES;
      top.add(new FeatureStatistics.TopImage(image + kind, scores[SAMPLE - 1 - i], 0, 0));
    }
    return FeatureStatistics.of(
        feature, frequency, frequency / 4, ScoreSample.of(scores, counts), top);
  }
}
