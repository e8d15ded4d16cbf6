package org.tiltlens.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.tiltlens.study.StudyRuns.MODELS;
import static org.tiltlens.study.StudyRuns.images;
import static org.tiltlens.study.StudyRuns.run;
import static org.tiltlens.study.StudyRuns.spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.corpus.Framing;
import org.tiltlens.fixture.NoiseCorpus;
import org.tiltlens.harvest.FeatureTable;
import org.tiltlens.harvest.HarvestSpec;
import org.tiltlens.harvest.HarvestStudy;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.retrieve.RetrievalResult;
import org.tiltlens.retrieve.RetrievalSpec;
import org.tiltlens.retrieve.RetrievalStudy;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.tilting.Target;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.TorchScriptNetwork;

/** Runs on the output of a network that someone exported. */
@Tag("rounding")
class TorchScriptStudyTest {
  private static final Path NETWORKS = Path.of("src/test/resources/torchscript");
  private static final String PRIOR = MODELS.resolve("adm_unet.safetensors").toString();
  private static final Execution EXECUTION = new Execution("cpu", 2, 2, 1);
  private static final int IMAGES = 24;

  @TempDir private Path folder;
  private String network;

  /** The network's file alone, so that options tell the rest. */
  @BeforeEach
  void copyNetwork() throws IOException {
    Path copy = folder.resolve("grey.pt");
    Files.copy(NETWORKS.resolve("grey.pt"), copy);
    network = copy.toString();
  }

  private static final Map<String, String> GREY =
      Map.of("channels", "grey", "range", "-1,1", "mean", "0", "std", "1", "size", "8");

  private ModelFiles models(String file, Map<String, String> options, String dictionary) {
    return new ModelFiles(file, options, null, dictionary, PRIOR, Map.of(), null);
  }

  private ModelFiles grey() {
    return models(network, GREY, null);
  }

  /** Of 1 x 1, so that reduction and crop change nothing. */
  private static double logit(Path tensor, int index) {
    try (Scope scope = Scope.open();
        TensorStore store = Checkpoints.open(tensor);
        TorchScriptNetwork grey =
            TorchScriptNetwork.open(NETWORKS.resolve("grey.pt"), Device.CPU)) {
      Tensor image = store.load(store.entries().keySet().iterator().next()).reshape(1, 3, 32, 32);
      return Tensors.toDoubles(grey.forward(Images.written(image)))[index];
    }
  }

  @Test
  void aLogitGuidesImages() throws IOException {
    Path out = folder.resolve("tilted");
    StudySpec spec = spec(grey(), "logit:3", 200.0, null, 2);
    StudyResult result = run(spec, 2, out);
    StudyResult.UnitResult unit = result.results().get(0);
    assertThat(unit.feature()).isNull();
    for (StudyResult.ImageResult image : unit.images()) {
      assertThat(image.file()).startsWith("klsc/logit-3-");
      assertThat(image.score()).isCloseTo(logit(out.resolve(image.tensor()), 3), within(1e-5));
    }
    StudyResult natural = run(spec(grey(), "logit:3", 0.0, null, 2), 2, folder.resolve("prior"));
    assertThat(unit.meanScore()).isGreaterThan(natural.results().get(0).meanScore());
    assertThat(StudyRuns.specResult(out).spec().models().visionOptions()).isEqualTo(GREY);
    assertThat(result.modelSha256()).containsOnlyKeys(network, PRIOR);

    StudySpec read = Study.specOf(out.resolve("run.json"));
    assertThat(read).isEqualTo(spec);
    run(read, 1, folder.resolve("again"));
    assertThat(images(folder.resolve("again"))).isEqualTo(images(out));
  }

  /** What lies beside the network decides the images as well. */
  @Test
  void settingsBesideTheNetworkAreHashed() throws IOException {
    Files.copy(NETWORKS.resolve("grey.json"), folder.resolve("grey.json"));
    StudySpec spec = spec(models(network, Map.of(), null), "channel:3", 2.0, null, 1);
    Path out = folder.resolve("out");
    assertThat(run(spec, 1, out).modelSha256())
        .containsOnlyKeys(network, folder.resolve("grey.json").toString(), PRIOR);
    Files.writeString(
        folder.resolve("grey.json"),
        "{\"channels\": \"grey\", \"mean\": [0.5], \"std\": [1], \"size\": 8}");
    assertThatThrownBy(() -> run(spec, 1, out)).hasMessageContaining("holds a finished run");
  }

  @Test
  void aDirectionGuidesImagesAndIsHashed() throws IOException {
    Path file = folder.resolve("probes.safetensors");
    try (Scope scope = Scope.open()) {
      SafetensorsWriter.write(
          file, Map.of("two", Tensors.floats(new float[] {0, 0, 0, 2}, 4)), Map.of());
    }
    String unit = "direction:" + file + "#two";
    Path out = folder.resolve("direction");
    StudyResult result = run(spec(grey(), unit, 5.0, null, 1), 1, out);
    assertThat(result.modelSha256()).containsOnlyKeys(network, PRIOR, file.toString());
    StudyResult.ImageResult image = result.results().get(0).images().get(0);
    assertThat(image.score()).isCloseTo(2 * logit(out.resolve(image.tensor()), 3), within(1e-5));
    assertThat(out.resolve(image.file()).getFileName().toString())
        .matches("[A-Za-z0-9-]{1,90}\\.png")
        .endsWith("probes-safetensors-two-0.png");
    assertThat(Study.defaultFolder("visualize", result.spec()).getFileName().toString())
        .matches("visualize-[A-Za-z0-9-]+");
  }

  /** Before any step, and without a trace. */
  @Test
  void unitsThatDoNotExistAreRefusedAtOnce() {
    ModelFiles map = models(NETWORKS.resolve("map.pt").toString(), Map.of("size", "8"), null);
    ModelFiles tokens =
        models(
            NETWORKS.resolve("tokens.pt").toString(),
            Map.of("size", "16", "prefix_tokens", "7", "cls", "true"),
            null);
    assertRefused(grey(), "logit:4", "logit 4 does not exist: the hook point has logits 0..3");
    assertRefused(grey(), "channel:4", "channels 0..3");
    assertRefused(grey(), "cls:0", "has module.hook_output");
    assertRefused(map, "neuron:5@4,0", "row 4 does not exist: the hook point has rows 0..3");
    assertRefused(map, "logit:5", "not of a map of 4 x 4; channel:5 is read everywhere");
    assertRefused(tokens, "storage:4@6", "the hook point has storage tokens 0..5");
    assertRefused(tokens, "cls:5", "channels 0..4");
    assertRefused(tokens, "feature:5", "needs a sparse dictionary: give `dictionary`, a folder");
    assertRefused(models(network, Map.of(), null), "logit:3", "size=224");
    assertRefused(
        models(MODELS.resolve("dinov3_convnext.pth").toString(), Map.of("size", "8"), null),
        "channel:3",
        "give hook");
  }

  private void assertRefused(ModelFiles models, String unit, String message) {
    Path out = folder.resolve("refused");
    assertThatThrownBy(() -> run(spec(models, unit, 1.0, null, 1), 1, out))
        .isInstanceOfAny(IllegalArgumentException.class, CheckpointException.class)
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
    assertThat(out).doesNotExist();
  }

  @Test
  void optionsAreRefusedWhereNobodyReadsThem() {
    ModelFiles dino =
        new ModelFiles(
            MODELS.resolve("dinov3_convnext.pth").toString(),
            Map.of("cls", "true"),
            "stages.2.1.hook_resid_pre",
            null,
            PRIOR,
            Map.of(),
            null);
    assertRefused(dino, "channel:3", "has no meaning for");
  }

  private String corpus() throws IOException {
    return NoiseCorpus.write(folder, IMAGES).toString();
  }

  @Test
  void aLogitIsRetrieved() throws IOException {
    RetrievalSpec spec =
        new RetrievalSpec(
            network,
            GREY,
            null,
            null,
            "logit:3",
            "mix:0.7",
            0.5,
            corpus(),
            Framing.crop(32),
            1000,
            3.0,
            null,
            RetrievalSpec.Order.RANKED,
            4,
            45);
    RetrievalResult result =
        RetrievalStudy.run(spec, EXECUTION, folder.resolve("retrieved"), Progress.SILENT);
    RetrievalResult.UnitResult unit = result.results().get(0);
    assertThat(unit.unit()).isEqualTo("logit:3");
    assertThat(unit.images())
        .extracting(RetrievalResult.ImageResult::file)
        .first()
        .isEqualTo("retrieval/logit-3-0.png");
    assertThat(unit.n()).isEqualTo(IMAGES);
    assertThat(unit.kl()).isPositive();
    assertThat(result.spec().visionOptions()).isEqualTo(GREY);
    assertThat(result.modelSha256()).containsOnlyKeys(network);
  }

  /** Five features over the map's six channels, trained who knows where. */
  private String dictionary() throws IOException {
    Path dictionary = Files.createDirectory(folder.resolve("sae"));
    Files.writeString(
        dictionary.resolve("config.json"),
        "{\"sae_type\": \"sae\", \"d_model\": 6, \"norm_activation\": \"none\","
            + " \"hook_point_in\": \"layers.3.hook_resid_post\"}");
    try (Scope scope = Scope.open()) {
      SafetensorsWriter.write(
          dictionary.resolve("sae_weights.safetensors"),
          Map.of(
              "W_E", Noise.normal(1, 0, 0, 6, 5),
              "b_E", Tensors.zeros(5),
              "W_D", Noise.normal(2, 0, 0, 5, 6),
              "b_D", Tensors.zeros(6)),
          Map.of());
    }
    return dictionary.toString();
  }

  @Test
  void featuresOfAnExportedHookPointAreHarvestedAndAimedAt() throws IOException {
    String map = NETWORKS.resolve("map.pt").toString();
    Map<String, String> options = Map.of("size", "8");
    String dictionary = dictionary();
    Path table = folder.resolve("features.parquet");
    HarvestStudy.run(
        new HarvestSpec(
            map, options, null, dictionary, corpus(), Framing.crop(32), 1000, "mix:0.7", 0.5, 4),
        EXECUTION,
        table,
        Progress.SILENT);
    double percentile;
    try (FeatureTable features = FeatureTable.open(table)) {
      assertThat(features.info().features()).isEqualTo(5);
      assertThat(features.info().score()).contains("at module.hook_output");
      percentile = features.feature(2).percentilesByName().get("p90");
    }
    Target target = new Target(null, 90.0);
    ModelFiles models =
        new ModelFiles(map, options, null, dictionary, PRIOR, Map.of(), table.toString());
    StudyResult.UnitResult unit =
        run(spec(models, "feature:2@pre", null, target, 1), 1, folder.resolve("out"))
            .results()
            .get(0);
    assertThat(unit.target().activation()).isCloseTo(percentile, within(1e-6));
    assertThat(unit.images()).allSatisfy(image -> assertThat(image.percentile()).isNotNull());

    ModelFiles others =
        new ModelFiles(
            map, Map.of("size", "16"), null, dictionary, PRIOR, Map.of(), table.toString());
    assertThatThrownBy(
            () -> run(spec(others, "feature:2@pre", null, target, 1), 1, folder.resolve("other")))
        .hasMessageContaining("was harvested with another vision model or dictionary");
    assertThat(folder.resolve("other")).doesNotExist();
  }

  @Test
  void namesOfFilesAreSafe() {
    assertThat(RunFolder.safeName("neuron:12@3,4")).isEqualTo("neuron-12-3-4");
    assertThat(RunFolder.safeName("direction:../ö/" + "x".repeat(300) + "#a b"))
        .matches("[A-Za-z0-9-]{80}")
        .endsWith("x-a-b");
    assertThat(List.of(RunFolder.safeName("feature:81@pre"))).containsExactly("feature-81-pre");
  }
}
