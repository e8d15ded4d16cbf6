package org.tiltlens.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.attribution.Occlusion;
import org.tiltlens.attribution.Reliance;
import org.tiltlens.bert.BertFiles;
import org.tiltlens.bert.BertMasked;
import org.tiltlens.bert.WordPiece;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.Framing;
import org.tiltlens.dit.Dit;
import org.tiltlens.dit.DitConfig;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.feature.Unit;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.fixture.NoiseCorpus;
import org.tiltlens.golden.Goldens;
import org.tiltlens.golden.LatentGoldens;
import org.tiltlens.harvest.FeatureScores;
import org.tiltlens.harvest.FeatureStatistics;
import org.tiltlens.harvest.FeatureTable;
import org.tiltlens.harvest.Harvest;
import org.tiltlens.models.Inspection;
import org.tiltlens.quality.QualiClip;
import org.tiltlens.text.ClipText;
import org.tiltlens.text.ClipTokenizer;
import org.tiltlens.tilting.Tilting;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.VisionCheckpoint;
import org.tiltlens.vision.VisionModel;

/** The examples of the rooms that open models and images, on small ones. */
class ModelsExampleTest {
  @TempDir private Path folder;

  @Test
  void checkpoint() {
    Path file = Goldens.file("dinov3_convnext.pth");
    // tag::checkpoint
    try (TensorStore store = Checkpoints.open(file);
        Scope scope = Scope.open()) {
      String first = "downsample_layers.0.0.weight";
      TensorStore model = store.under(Checkpoints.prefixOf(store, first));
      Tensor weight = model.load(first); // (channels, 3, 4, 4)
      System.out.println(Tensors.describe(weight));
    }
    // end::checkpoint
  }

  @Test
  void dit() {
    Path file = LatentGoldens.file("dit.safetensors");
    OptionalInt heads;
    try (TensorStore store = Checkpoints.open(file)) {
      heads = OptionalInt.of(LatentGoldens.integer(store, "num_heads"));
    }
    // tag::dit
    try (TensorStore store = Checkpoints.open(file)) {
      TensorStore network = Dit.network(store);
      DitConfig.Said said = new DitConfig.Said(heads, OptionalInt.empty(), true);
      try (Dit denoiser = Dit.load(network, DitConfig.of(network, said), Device.CPU)) {
        System.out.println(Tensors.describe(denoiser.imageShape())); // of latents
      }
    }
    // end::dit
  }

  @Test
  void text() {
    Path folder = LatentGoldens.file("clip_text_hf");
    // tag::text
    ClipTokenizer tokenizer = ClipTokenizer.open(folder);
    try (ClipText encoder = ClipText.open(folder, Device.CPU);
        Scope scope = Scope.open()) {
      long[] ids = tokenizer.ids("a photograph of a cat", encoder.contextLength());
      Tensor prompt = encoder.encode(ids).lastHiddenState(); // (1, 77, C)
      System.out.println(Tensors.describe(prompt));
    }
    // end::text
  }

  @Test
  void bert() {
    Path folder = BertFiles.folder();
    // tag::bert
    WordPiece words = WordPiece.open(folder);
    try (BertMasked bert = BertMasked.open(folder, Device.CPU);
        Scope scope = Scope.open()) {
      long[] ids = words.ids("a picture of a [MASK].");
      Tensor logits = bert.logits(bert.tokenEmbeddings(ids)); // (1, L, V)
      System.out.println(Tensors.describe(logits));
    }
    // end::bert
  }

  @Test
  void corpus() throws IOException {
    Path file = NoiseCorpus.write(folder, 20);
    int read = 0;
    // tag::corpus
    try (Corpus corpus = Corpus.open(file, Framing.pad(32))) { // a folder, zip, IDX, CIFAR
      for (int i = 0; i < corpus.size(); i++) {
        try (Scope scope = Scope.open()) {
          Optional<Tensor> image = corpus.read(i); // (3, 32, 32) in [-1, 1]; empty if broken
          read += image.isPresent() ? 1 : 0;
        }
      }
    }
    // end::corpus
    assertThat(read).isEqualTo(20);
  }

  @Test
  void models() {
    Path file = Goldens.file("adm_unet.pt");
    // tag::models
    Inspection found = Inspection.of(file); // reads the file's headers alone
    System.out.println(found.architecture() + ", " + found.parameters() + " parameters");
    // end::models
    assertThat(found.parameters()).isPositive();
  }

  @Test
  void vision() {
    Path file = Goldens.file("dinov3_convnext.pth");
    // tag::vision
    HookPoint at = HookPoint.parse("stages.2.1.hook_resid_pre");
    try (VisionModel model = VisionCheckpoint.open(file, Device.CPU, Optional.of(at));
        Scope scope = Scope.open()) {
      Tensor images = Tensors.zeros(2, 3, 64, 64); // (N, 3, H, W) in [-1, 1]
      Tensor activations = model.activations(images, at); // (N, channels, H / 16, W / 16)
      System.out.println(Tensors.describe(activations));
    }
    // end::vision
  }

  @Test
  void quality() {
    Path file = Path.of("src/test/resources/qualiclip/qualiclip.pth");
    double[] scores;
    // tag::quality
    try (QualiClip quality = QualiClip.open(file, Device.CPU);
        Scope scope = Scope.open()) {
      Tensor images = Tensors.zeros(2, 3, 64, 64); // (N, 3, H, W) in [-1, 1]
      scores = quality.of(images); // N numbers in [0, 1], more is better
    }
    // end::quality
    assertThat(scores).hasSize(2);
  }

  @Test
  void feature() {
    Path transcoder = Goldens.file("cnnsae");
    Path network = Goldens.file("dinov3_convnext.pth");
    double[] values;
    // tag::feature
    try (SparseDictionary dictionary = SparseDictionary.open(transcoder, Device.CPU);
        VisionModel model =
            VisionCheckpoint.open(network, Device.CPU, Optional.of(dictionary.hookPoint()));
        Scope scope = Scope.open()) {
      Unit unit = Unit.parse("feature:3@pre", Optional.of(dictionary));
      SpatialReduction toNumber = new SpatialReduction.Mix(0.7);
      UnitScore score =
          new UnitScore(model, dictionary.hookPoint(), unit, toNumber, new CentralCrop(0.5));
      Tensor images = Tensors.zeros(2, 3, 64, 64); // (N, 3, H, W) in [-1, 1]
      values = Tensors.toDoubles(score.of(images)); // (N)
    }
    // end::feature
    assertThat(values).hasSize(2);
  }

  @Test
  void attribution() {
    try (SparseDictionary dictionary = SparseDictionary.open(Goldens.file("cnnsae"), Device.CPU);
        VisionModel model =
            VisionCheckpoint.open(
                Goldens.file("dinov3_convnext.pth"),
                Device.CPU,
                Optional.of(dictionary.hookPoint()));
        Scope scope = Scope.open()) {
      Unit unit = Unit.parse("feature:3@pre", Optional.of(dictionary));
      UnitScore score =
          new UnitScore(
              model,
              dictionary.hookPoint(),
              unit,
              new SpatialReduction.Mix(0.7),
              new CentralCrop(0.5));
      Tensor topImages = Noise.normal(45, 0, 0, 4, 3, 64, 64);
      // tag::attribution
      Tensor image = topImages.narrow(0, 0, 1); // (1, 3, H, W) in [-1, 1]
      Tensor heat = new Occlusion(32, 16).of(score, image); // (H, W)
      Reliance reliance = Reliance.of(score, topImages, 0, 45);
      String words = reliance.reading(); // keeps 12 % when shuffled, ...: shape, not colour
      // end::attribution
      assertThat(Tensors.shape(heat)).containsExactly(64, 64);
      assertThat(words).isNotBlank();
    }
  }

  @Test
  void harvest() throws IOException {
    Path images = NoiseCorpus.write(folder, 40);
    Path table = folder.resolve("features.parquet");
    double beta;
    try (SparseDictionary dictionary = SparseDictionary.open(Goldens.file("cnnsae"), Device.CPU);
        VisionModel model =
            VisionCheckpoint.open(
                Goldens.file("dinov3_convnext.pth"),
                Device.CPU,
                Optional.of(dictionary.hookPoint()));
        Corpus corpus = Corpus.open(images, Framing.pad(32))) {
      // tag::harvest
      FeatureScores scores = new FeatureScores(model, dictionary.hookPoint(), dictionary);
      new Harvest(corpus, scores).writeTo(table, "my model", new Lanes(2, 1), done -> {});
      try (FeatureTable features = FeatureTable.open(table)) {
        FeatureStatistics feature = features.feature(3);
        beta = Tilting.solve(feature.sample(), feature.sample().scoreAt(97));
      }
      // end::harvest
    }
    assertThat(beta).isPositive();
  }
}
