package org.tiltlens.app.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import org.tiltlens.corpus.Framing;
import org.tiltlens.harvest.SkippedFile;
import org.tiltlens.models.TrainedFraming;
import org.tiltlens.run.WholeFile;
import org.tiltlens.torch.Device;
import org.tiltlens.training.Budget;
import org.tiltlens.training.CorpusImages;
import org.tiltlens.training.LabelledImages;
import org.tiltlens.training.StoredType;
import org.tiltlens.training.TrainingReport;
import org.tiltlens.training.TrainingRun;
import org.tiltlens.training.TrainingSettings;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What all trainings share: images, folder, how long, how the weights follow their gradients. */
final class TrainingOptions implements HowToGoOn {
  @Option(
      names = "--images",
      required = true,
      paramLabel = "DIR|ZIP|IDX",
      description = "Images to train on.")
  private Path images;

  @Option(
      names = "--test-images",
      paramLabel = "DIR|ZIP|IDX",
      description =
          "Images to measure on. Default: every tenth of the images, kept out of the training.")
  private Path testImages;

  @Option(
      names = "--image-size",
      paramLabel = "N",
      description =
          "Side of the images in pixels. Default: of a dictionary the vision model's, if its file"
              + " says what it was trained at; else 32.")
  private Integer imageSize;

  @Option(
      names = "--fit",
      paramLabel = "F",
      description =
          "Images of another shape: crop (resize, cut the centre) or pad (with black). Default: as"
              + " for --image-size, else crop.")
  private Framing.Fit fit;

  private Framing usual = Framing.crop(32);

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder of the result and of the checkpoint.")
  private Path out;

  @ArgGroup(multiplicity = "1")
  private Length length;

  /** How long to train. */
  private static final class Length {
    @Option(names = "--steps", paramLabel = "T", description = "Train for so many steps in all.")
    private Long steps;

    @Option(
        names = "--minutes",
        paramLabel = "M",
        description = "Train for so many minutes in all.")
    private Double minutes;
  }

  @Option(
      names = "--resume",
      description = "Go on from the folder's checkpoint; from the start if there is none yet.")
  private boolean resume;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "S",
      description = "Seconds between checkpoints. Default: ${DEFAULT-VALUE}.")
  private int checkpointEvery = 120;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Seed of everything random, 64 bits, all of which count. Default: 1.")
  private Long seed;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description =
          "Images per step. Default: prior 64, autoencoder 16, vision 128, dictionary 32.")
  private Integer batch;

  @Option(
      names = "--learning-rate",
      paramLabel = "R",
      description =
          "Adam's learning rate. Default: prior 2e-4, autoencoder, vision and dictionary 1e-3.")
  private Double learningRate;

  @Option(
      names = "--weight-decay",
      paramLabel = "D",
      description = "AdamW's weight decay. Default: 0, vision 0.05.")
  private Double weightDecay;

  @Option(
      names = "--warm-up",
      paramLabel = "T",
      description =
          "Steps of rising learning rate. Default: prior 500, autoencoder 200, vision 200,"
              + " dictionary 50.")
  private Long warmUp;

  @Option(
      names = "--decay-steps",
      paramLabel = "T",
      description = "Step at which a cosine has brought the learning rate to 0. Default: never.")
  private Long decaySteps;

  @Option(
      names = "--clip",
      paramLabel = "N",
      description = "Largest gradient norm; 0: any. Default: 1, dictionary 0.")
  private Double clip;

  @Option(
      names = "--average",
      paramLabel = "D",
      description = "Decay of the weights' average; 0: none. Default: 0.999, dictionary 0.")
  private Double average;

  @Option(names = "--threads", paramLabel = "N", description = "Processor threads. Default: all.")
  private Integer threads;

  @Option(
      names = "--device",
      paramLabel = "D",
      description = "cpu or cuda:N. Default: ${DEFAULT-VALUE}.")
  private String device = "cpu";

  @Option(
      names = "--dtype",
      paramLabel = "T",
      description =
          "Type of the result's weights, f32 or f16. A training can be stored anew in another with"
              + " --resume. Default: f32.")
  private StoredType dtype = StoredType.F32;

  @Option(names = "--json", description = "Print training.json.")
  private boolean json;

  @Override
  public String howToGoOn() {
    return "run the same command again"
        + (resume ? "" : " with --resume")
        + " to go on from the last checkpoint in '"
        + out
        + "'";
  }

  int imageSize() {
    return imageSize == null ? usual.size() : imageSize;
  }

  /** Takes the images a network was trained on as the usual ones, if its file says which. */
  void followNetwork(Path network) {
    usual = TrainedFraming.of(network.toString()).orElse(usual);
  }

  /** Says so where a network will see images of another size than it was trained on. */
  void sayUsedSize(Path network, CommandLine command) {
    UsedSize.say(
        command, imageSize(), "--image-size %d shows it what it knows", network.toString());
  }

  Device device() {
    return new Device(device).requireAvailable();
  }

  /** A training of images that were opened for it. */
  interface Training {
    TrainingReport run(LabelledImages images, LabelledImages heldOut, TrainingRun run)
        throws IOException;
  }

  /**
   * Opens the images, trains with progress on standard error, and prints the report; broken images
   * on standard error.
   */
  int train(String what, TrainingSettings defaults, Training training, CommandLine command)
      throws IOException {
    Budget budget =
        length.steps != null ? Budget.steps(length.steps) : Budget.minutes(length.minutes);
    TrainingSettings settings = settings(defaults);
    Framing framing = new Framing(imageSize(), fit == null ? usual.fit() : fit);
    try (CorpusImages all = CorpusImages.open(images, framing);
        CorpusImages test = testImages == null ? null : CorpusImages.open(testImages, framing);
        TrainingView view = view(what)) {
      TrainingRun run =
          new TrainingRun(
              out,
              settings,
              budget,
              resume,
              Duration.ofSeconds(checkpointEvery),
              threads == null ? Runtime.getRuntime().availableProcessors() : threads,
              device(),
              dtype,
              view);
      TrainingReport report =
          test != null
              ? training.run(all, test, run)
              : training.run(nineTenths(all), everyTenth(all), run);
      command.getOut().println(json ? report.json() : report.summary() + "\n" + out);
      command.getOut().flush();
      sayWhatWasSkipped(all, images, command.getErr());
      if (test != null) {
        sayWhatWasSkipped(test, testImages, command.getErr());
      }
      return 0;
    }
  }

  /** In a line; all names, those met before a training went on too, are written beside it. */
  private void sayWhatWasSkipped(CorpusImages images, Path path, PrintWriter to)
      throws IOException {
    if (images.skipped().count() > 0) {
      Path file = out.resolve(SkippedFile.NAME);
      Set<String> names = new LinkedHashSet<>();
      if (Files.exists(file)) {
        names.addAll(Files.readAllLines(file));
      }
      names.addAll(images.skipped().names().lines().toList());
      WholeFile.writeText(file, String.join("\n", names) + "\n");
      to.println("'" + path + "': " + images.skipped() + "; names in " + file);
      to.flush();
    }
  }

  /** Spread over the whole order, because folders come class by class. */
  private LabelledImages everyTenth(LabelledImages all) {
    if (all.size() < 10) {
      throw new IllegalArgumentException(
          "'" + images + "' holds only " + all.size() + " images: give --test-images too");
    }
    return all.select(all.size() / 10, i -> 10 * i + 9);
  }

  private static LabelledImages nineTenths(LabelledImages all) {
    return all.select(all.size() - all.size() / 10, i -> i + i / 9);
  }

  private TrainingView view(String what) {
    boolean inSeconds = length.minutes != null;
    long units = inSeconds ? Math.round(length.minutes * 60) : length.steps;
    return new TrainingView(new ConsoleProgress(System.err), what, inSeconds, units);
  }

  private TrainingSettings settings(TrainingSettings defaults) {
    return new TrainingSettings(
        or(seed, defaults.seed()),
        or(batch, defaults.batch()),
        or(learningRate, defaults.learningRate()),
        or(weightDecay, defaults.weightDecay()),
        or(warmUp, defaults.warmupSteps()),
        or(decaySteps, defaults.decaySteps()),
        or(clip, defaults.clipNorm()),
        or(average, defaults.averageDecay()));
  }

  private static <T> T or(T value, T otherwise) {
    return value != null ? value : otherwise;
  }
}
