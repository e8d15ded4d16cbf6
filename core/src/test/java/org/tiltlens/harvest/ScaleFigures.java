package org.tiltlens.harvest;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.Random;
import javax.imageio.ImageIO;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.Framing;
import org.tiltlens.torch.Engine;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;

/**
 * The constants of docs/scale.md, measured in seconds of one processor, and what a simulation makes
 * of them.
 *
 * <p>{@code ScaleFigures constants} measures, {@code ScaleFigures simulate} computes the table.
 */
public final class ScaleFigures {
  private static final int FEATURES = 512;

  private ScaleFigures() {}

  public static void main(String[] args) throws IOException {
    if (args[0].equals("constants")) {
      decoding();
      products();
      for (int images : new int[] {256, 1024, 4096, 16_384}) {
        summary(images);
      }
    } else {
      simulate();
    }
  }

  /** Seconds that this process has computed: a busy machine makes the wall clock say more. */
  private static double seconds() {
    com.sun.management.OperatingSystemMXBean own =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return own.getProcessCpuTime() / 1e9;
  }

  private static void say(String format, Object... values) {
    System.out.printf(Locale.ROOT, format + "%n", values);
  }

  /** JPEGs of the size that ImageNet's have, made square at 224. */
  private static void decoding() throws IOException {
    Path folder = Files.createTempDirectory("scale");
    Random random = new Random(1);
    long bytes = 0;
    int count = 60;
    for (int i = 0; i < count; i++) {
      BufferedImage image = new BufferedImage(500, 375, BufferedImage.TYPE_INT_RGB);
      for (int y = 0; y < 375; y++) {
        for (int x = 0; x < 500; x++) {
          int wave = (int) (90 + 60 * Math.sin(x / 17.0 + i) + 40 * Math.sin(y / 9.0));
          int grain = random.nextInt(40);
          image.setRGB(x, y, (wave + grain) << 16 | (wave + grain / 2) << 8 | wave / 2 + grain);
        }
      }
      Path file = folder.resolve(i + ".jpg");
      ImageIO.write(image, "jpg", file.toFile());
      bytes += Files.size(file);
    }
    try (Corpus corpus = Corpus.open(folder, Framing.crop(224))) {
      read(corpus);
      double start = seconds();
      read(corpus);
      say(
          "decode and frame a JPEG of 500 x 375, %d kB: %.1f ms",
          bytes / count / 1000, (seconds() - start) / count * 1000);
    }
  }

  private static void read(Corpus corpus) {
    for (int i = 0; i < corpus.size(); i++) {
      try (Scope scope = Scope.open()) {
        corpus.read(i).orElseThrow();
      }
    }
  }

  /** The largest products of a ViT-L at 224 pixels: 201 tokens through its MLP. */
  private static void products() {
    Engine.start();
    try (Scope scope = Scope.open()) {
      Tensor tokens = Noise.normal(1, 0, 0, 16 * 201, 1024);
      Tensor weights = Noise.normal(2, 0, 0, 1024, 4096);
      tokens.matmul(weights);
      double start = seconds();
      int times = 10;
      for (int i = 0; i < times; i++) {
        try (Scope each = Scope.open()) {
          tokens.matmul(weights);
        }
      }
      double flop = 2.0 * 16 * 201 * 1024 * 4096 * times;
      say("products of float32: %.0f GFLOP/s a core", flop / (seconds() - start) / 1e9);
    }
  }

  /** Parts of random scores, whose bins are as many as those of a normal distribution. */
  private static void summary(int images) throws IOException {
    PartialSummary.Shape shape = new PartialSummary.Shape(FEATURES, 14, 14, 16, false);
    double start = seconds();
    PartialSummary one = part(shape, images, 0);
    double add = seconds() - start;
    PartialSummary other = part(shape, images, images);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    start = seconds();
    PartialSummaryFile.write(bytes, one);
    double write = seconds() - start;
    start = seconds();
    PartialSummary again = PartialSummaryFile.read(new ByteArrayInputStream(bytes.toByteArray()));
    double read = seconds() - start;
    start = seconds();
    again.add(other);
    double merge = seconds() - start;
    long held = 0;
    for (int k = 0; k < FEATURES; k++) {
      PartialSummary.Row row = again.row(k).orElseThrow();
      held += 16L * row.scores().bins().length + 12L * row.top().scores().length;
    }
    say(
        "a feature in a part of %6d images: %6.1f kB in its file, %6.1f kB of heap; sum up %5.2f,"
            + " write %.2f, read %.2f, merge %.2f ms",
        images,
        bytes.size() / 1e3 / FEATURES,
        held / 1e3 / FEATURES,
        add / FEATURES * 1e3,
        write / FEATURES * 1e3,
        read / FEATURES * 1e3,
        merge / FEATURES * 1e3);
  }

  private static PartialSummary part(PartialSummary.Shape shape, int images, int from) {
    PartialSummary part = new PartialSummary(shape);
    int each = 512;
    Random random = new Random(from);
    for (int first = 0; first < images; first += each) {
      int n = Math.min(each, images - first);
      int[] indices = new int[n];
      float[] scores = new float[FEATURES * n];
      for (int i = 0; i < n; i++) {
        indices[i] = from + first + i;
      }
      for (int i = 0; i < scores.length; i++) {
        scores[i] = (float) random.nextGaussian();
      }
      double[] active = new double[FEATURES];
      Arrays.fill(active, n / 10.0);
      part.add(new PartialSummary.Pass(indices, scores, new float[scores.length], active, active));
    }
    return part;
  }

  /**
   * What a harvest needs.
   *
   * @param compute seconds that a worker computes an image, decoding included
   * @param bytes of an image
   * @param features of the dictionary
   */
  private record Work(String name, long images, double compute, double bytes, int features) {
    /** As {@code SparkHarvest} divides: an eighth of a core's share, within 256..8192 images. */
    long each(int workers) {
      return Math.max(256, Math.min(8192, images / (8L * workers)));
    }

    /** Of a part's file; a feature's as measured, by the images of the part. */
    double partBytes(long imagesOfIt) {
      return features * Math.min(FEATURE_MOST, FEATURE_LEAST + FEATURE_EACH * imagesOfIt);
    }
  }

  /** Bytes of a feature in a part's file: those of its top images, of each image, and at most. */
  private static final double FEATURE_LEAST = 1_900;

  private static final double FEATURE_EACH = 3.6;
  private static final double FEATURE_MOST = 13_000;

  /** Seconds a feature takes to be read and merged, or written. */
  private static final double READ_AND_MERGE = 0.15e-3;

  private static final double WRITE = 0.08e-3;

  /** The driver hands out a task in so many seconds. */
  private static final double DISPATCH = 2e-3;

  /** A worker starts, opens its networks and lists the corpus: a JVM, and microseconds a name. */
  private static final double START = 12;

  private static final double LIST_EACH = 5e-6;

  /** Of the storage that all read from, bytes a second; and of a worker's own network. */
  private static final double STORAGE = 10e9;

  private static final double LINK = 1.25e9;

  private static void simulate() {
    List<Work> all =
        List.of(
            new Work("1.28 M images, cores", 1_281_167, 1.9, 110e3, 12_288),
            new Work("1.28 M images, GPUs", 1_281_167, 1 / 700.0, 110e3, 12_288),
            new Work("1e9 images, cores", 1_000_000_000, 1.9, 110e3, 12_288),
            new Work("1e9 images, GPUs", 1_000_000_000, 1 / 700.0, 110e3, 12_288));
    say("| work | workers | parts | hours | of ideal | part files, TB | added up in, hours |");
    say("|---|---|---|---|---|---|---|");
    for (Work work : all) {
      boolean gpus = work.compute < 0.1;
      for (int workers : gpus ? new int[] {1, 8, 64, 512} : new int[] {2, 100, 1000, 10_000}) {
        simulate(work, workers);
      }
    }
  }

  private static void simulate(Work work, int workers) {
    long each = work.each(workers);
    int parts = (int) ((work.images + each - 1) / each);
    Random random = new Random(7);
    double image = Math.max(work.compute, work.bytes * Math.max(workers / STORAGE, 1 / LINK));
    double stored = work.partBytes(each) * Math.max(workers / STORAGE, 1 / LINK);
    double[] first = new double[parts];
    for (int i = 0; i < parts; i++) {
      // Machines differ by a tenth, and one task in a hundred takes twice as long.
      double slow = (1 + 0.1 * random.nextGaussian()) * (random.nextInt(100) == 0 ? 2 : 1);
      first[i] = each * image * Math.max(0.5, slow) + work.features * WRITE + stored;
    }
    double start = START + LIST_EACH * work.images;
    double computed = start + ended(first, workers);
    double added = 0;
    for (int left = parts; left > 1; left = (left + 7) / 8) {
      double[] level = new double[(left + 7) / 8];
      double full = work.features * FEATURE_MOST * Math.max(workers / STORAGE, 1 / LINK);
      Arrays.fill(level, work.features * (8 * READ_AND_MERGE + WRITE) + 9 * full);
      added += ended(level, workers);
    }
    double total = computed + added;
    double ideal = work.images * work.compute / workers;
    say(
        "| %s | %,d | %,d | %.1f | %.0f %% | %.2f | %.2f |",
        work.name,
        workers,
        parts,
        total / 3600,
        100 * ideal / total,
        parts * work.partBytes(each) / 1e12,
        added / 3600);
  }

  /** When the last of some tasks ends, of which each worker takes the next from the driver. */
  private static double ended(double[] tasks, int workers) {
    PriorityQueue<Double> free = new PriorityQueue<>();
    for (int i = 0; i < Math.min(workers, tasks.length); i++) {
      free.add(0.0);
    }
    double driver = 0;
    double last = 0;
    for (double task : tasks) {
      driver = Math.max(driver + DISPATCH, free.remove());
      double end = driver + task;
      free.add(end);
      last = Math.max(last, end);
    }
    return last;
  }
}
