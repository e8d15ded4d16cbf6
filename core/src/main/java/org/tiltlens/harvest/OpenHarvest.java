package org.tiltlens.harvest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.KnownShards;
import org.tiltlens.corpus.LeftOut;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.models.FileHashes;
import org.tiltlens.models.ModelKind;
import org.tiltlens.models.Named;
import org.tiltlens.models.OpenModels;
import org.tiltlens.models.VisionFile;
import org.tiltlens.run.Progress;
import org.tiltlens.synthesis.MagnitudeSpectrum;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.VisionModel;

/**
 * The images and networks of a harvest, open: for who computes it in parts of its own, such as on
 * many machines. {@link HarvestStudy} does all on one.
 *
 * <p>Threads may share it.
 */
public final class OpenHarvest implements AutoCloseable {
  private final OpenModels open;
  private final HarvestSpec spec;
  private final Corpus corpus;
  private final Harvest harvest;

  private OpenHarvest(
      OpenModels open,
      HarvestSpec spec,
      Corpus corpus,
      SparseDictionary dictionary,
      VisionModel vision,
      HookPoint hook) {
    this.open = open;
    this.spec = spec;
    this.corpus = corpus;
    FeatureScores scores =
        new FeatureScores(
            vision,
            hook,
            dictionary,
            SpatialReduction.parse(spec.reduction()),
            new CentralCrop(spec.center()));
    harvest = new Harvest(corpus, scores, spec.limit(), spec.top());
  }

  /**
   * Opens all that a harvest needs.
   *
   * @throws IllegalArgumentException if the spec does not fit the models or there are no images
   * @throws IOException if files cannot be read
   */
  public static OpenHarvest open(HarvestSpec spec, Device device) throws IOException {
    return open(spec, Corpus.open(Named.resolve(spec.images()), spec.framing()), device);
  }

  /**
   * The same with images that are open already.
   *
   * @param corpus what the spec's {@code images} name; closed with this, also if this cannot be
   *     opened
   */
  public static OpenHarvest open(HarvestSpec spec, Corpus corpus, Device device) {
    OpenModels open = new OpenModels();
    open.with(corpus);
    try {
      SparseDictionary dictionary =
          open.with(
              ModelKind.DICTIONARY.open(
                  Named.resolve(spec.dictionary()),
                  () -> SparseDictionary.open(Named.resolve(spec.dictionary()), device.inFull())));
      HookPoint hook = VisionFile.hook(spec.vision(), spec.hook(), Optional.of(dictionary));
      VisionModel vision =
          open.with(VisionFile.open(spec.vision(), spec.visionOptions(), hook, device));
      return new OpenHarvest(open, spec, corpus, dictionary, vision, hook);
    } catch (RuntimeException | Error e) {
      open.close();
      throw e;
    }
  }

  Harvest harvest() {
    return harvest;
  }

  /** How many images are taken, broken ones included. */
  public int images() {
    return harvest.limit();
  }

  /** How the table will name the models; see {@link HarvestStudy#models}. */
  public String models(Progress progress) throws IOException {
    List<String> files = new ArrayList<>(VisionFile.names(spec.vision()));
    files.add(spec.dictionary());
    Map<String, String> hashes = FileHashes.of(files, progress);
    return HarvestStudy.models(hashes.values(), spec.visionOptions());
  }

  /**
   * All that decides the numbers, as one text: parts of equal identities add up.
   *
   * @param models as {@link #models} says it
   */
  public String identity(String models) {
    return harvest.identity(corpus.fingerprint(images()), models);
  }

  /** What others need to read some of the images; see {@link Corpus#known}. */
  public Optional<KnownShards> knownShards() {
    return corpus.known(images());
  }

  /** Says what the user should know of the images before they are looked at. */
  public void sayWhatIsTaken(Progress progress) {
    corpus.lackOfFirst(images()).ifPresent(progress::say);
  }

  /** Parts are of images that begin at a multiple of this. */
  public static int multiple() {
    return Harvest.BATCH;
  }

  /**
   * Computes what some of the images tell: the same bits wherever it is computed with the same
   * networks on the same kind of machine.
   *
   * @param from the first image, a multiple of {@link #multiple}
   * @param to the image behind the last
   * @param lanes how many batches are computed beside each other
   * @param progress hears how many more images are done
   */
  public HarvestPart part(int from, int to, Lanes lanes, LongConsumer progress) {
    return harvest.part(from, to, lanes, progress);
  }

  /**
   * Writes the table and what lies beside it from the sum of all parts.
   *
   * @param all the sum of parts that every image is in
   * @param out the table's file; must not exist
   * @param models as {@link #models} says it
   * @throws IllegalArgumentException if images are missing, or none can be used
   */
  public HarvestStudy.Outcome write(HarvestPart all, Path out, String models) throws IOException {
    if (all.images() != images()) {
      throw new IllegalArgumentException(
          "parts of %d images for a table of %d: add all of them"
              .formatted(all.images(), images()));
    }
    all.skipped().forEach(corpus::skip);
    if (all.spectrum() != null) {
      try (MagnitudeSpectrum spectrum = all.spectrum().mean()) {
        spectrum.write(CorpusSpectrum.beside(out));
      }
    }
    HarvestInfo info = harvest.write(out, Optional.ofNullable(all.summary()), models, spec);
    return outcome(info, out);
  }

  /** What is told of a table that was written. */
  HarvestStudy.Outcome outcome(HarvestInfo info, Path out) throws IOException {
    LeftOut leftOut = SkippedFile.write(corpus, images(), SkippedFile.beside(out));
    try (FeatureTable table = FeatureTable.open(out)) {
      return new HarvestStudy.Outcome(info, table.unknown(), leftOut);
    }
  }

  /** Writes beside the table what was taken of each shard of the corpus, and says it. */
  public void writeShards(Path out, Progress progress) throws IOException {
    ShardsFile.write(corpus, images(), ShardsFile.beside(out), progress);
  }

  /** Measures the corpus' spectrum, unless that was done before. */
  void measureSpectrum(Path out, Progress progress) throws IOException {
    if (CorpusSpectrum.isOf(corpus)) {
      CorpusSpectrum.measure(corpus, images(), CorpusSpectrum.beside(out), progress);
    }
  }

  @Override
  public void close() {
    open.close();
  }
}
