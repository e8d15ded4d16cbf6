package org.tiltlens.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.VarianceType;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.feature.Unit;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.fixture.RandomPipeline;
import org.tiltlens.torch.Device;
import org.tiltlens.unet.AdmUnet;
import org.tiltlens.unet.AdmUnetConfig;
import org.tiltlens.vision.ConvNext;
import org.tiltlens.vision.Normalisation;

/**
 * Networks that both sides have.
 *
 * @param size what they are called, for people
 * @param request what makes the Python side open the same
 */
record BenchNetworks(String size, RandomPipeline pipeline, ObjectNode request)
    implements AutoCloseable {
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.linear(1000).respaced("100");
  private static final int FEATURE = 5;

  /**
   * Of random weights.
   *
   * @param folder where their weights are written for the Python side
   */
  static BenchNetworks random(String name, RandomPipeline.Size size, Path folder) {
    List<Path> files = new ArrayList<>();
    RandomPipeline pipeline =
        RandomPipeline.open(
            size,
            SCHEDULE,
            store -> {
              Path file = folder.resolve("weights-" + files.size() + ".safetensors");
              SafetensorsWriter.write(
                  file, List.copyOf(store.entries().values()), store.metadata(), store::load);
              files.add(file);
              return store;
            });
    return of(name, pipeline, size.config(), files);
  }

  /**
   * Of the published sizes.
   *
   * @param folder as {@code scripts/full-size-check --keep} leaves it
   * @throws IllegalArgumentException if it is not
   */
  static BenchNetworks full(Path folder) {
    Path prior = folder.resolve("256x256_diffusion_uncond.pt");
    Path vision = folder.resolve("dinov3_convnext_large.pth");
    Path encoder = folder.resolve("transcoder").resolve("sae_weights.safetensors");
    List<Path> files = List.of(prior, vision, encoder);
    for (Path file : files) {
      if (!Files.exists(file)) {
        throw new IllegalArgumentException(
            "'%s' is missing: write it by scripts/full-size-check --keep %s"
                .formatted(file, folder));
      }
    }
    RandomPipeline pipeline = open(prior, vision, encoder.getParent());
    return of("full", pipeline, AdmUnetConfig.IMAGENET_256, files);
  }

  private static RandomPipeline open(Path priorFile, Path visionFile, Path dictionaryFolder) {
    SparseDictionary dictionary = SparseDictionary.open(dictionaryFolder, Device.CPU);
    try (TensorStore unetStore = Checkpoints.open(priorFile);
        TensorStore visionStore = Checkpoints.open(visionFile)) {
      // As RandomPipeline: clipping would leave no gradient.
      DiffusionPrior.Options options =
          new DiffusionPrior.Options(VarianceType.LEARNED_RANGE, false, false, OptionalInt.empty());
      DiffusionPrior prior =
          new DiffusionPrior(
              AdmUnet.load(unetStore, AdmUnetConfig.IMAGENET_256, Device.CPU), SCHEDULE, options);
      ConvNext vision =
          ConvNext.open(
              visionStore, Device.CPU, Normalisation.IMAGENET, Optional.of(dictionary.hookPoint()));
      UnitScore score =
          new UnitScore(
              vision,
              dictionary.hookPoint(),
              new Unit.DictionaryFeature(dictionary, FEATURE, true),
              new SpatialReduction.Mix(0.7),
              new CentralCrop(0.5));
      return new RandomPipeline(prior, vision, dictionary, score);
    }
  }

  private static BenchNetworks of(
      String size, RandomPipeline pipeline, AdmUnetConfig unet, List<Path> files) {
    ObjectNode request = JsonNodeFactory.instance.objectNode();
    files.forEach(file -> request.withArray("weights").add(file.toAbsolutePath().toString()));
    unet.options().forEach(request.putObject("unet")::put);
    pipeline.vision().config().depths().forEach(request.putArray("depths")::add);
    pipeline.vision().config().dims().forEach(request.putArray("dims")::add);
    request
        .put("hook", pipeline.hook().toString())
        .put("feature", ((Unit.DictionaryFeature) pipeline.score().unit()).index())
        .put("top_k", pipeline.dictionary().config().topK());
    return new BenchNetworks(size, pipeline, request);
  }

  /** What is measured of them: steps of so many images, and a harvest's batch. */
  List<Computation> computations(int... batches) {
    List<Computation> all = new ArrayList<>();
    for (int batch : batches) {
      all.add(new GuidedSteps(pipeline, batch));
    }
    all.add(new HarvestBatches(pipeline));
    return all;
  }

  @Override
  public void close() {
    pipeline.close();
  }
}
