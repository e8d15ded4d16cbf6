package org.tiltlens.harvest;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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
      listing();
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
        if (corpus.read(i).isEmpty()) {
          throw new IllegalStateException("image " + i + " cannot be read");
        }
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

  /** Names of a folder's images, which every worker lists. */
  private static void listing() throws IOException {
    Path folder = Files.createTempDirectory("scale");
    int count = 20_000;
    for (int i = 0; i < count; i++) {
      Files.createFile(folder.resolve("%06d.jpg".formatted(i)));
    }
    double start = seconds();
    Corpus.open(folder, Framing.crop(224)).close();
    say("list a folder: %.1f us a name", (seconds() - start) / count * 1e6);
  }

  /**
   * What a harvest needs.
   *
   * @param cores of a worker
   * @param image seconds that a worker takes for an image, all its cores at work
   */
  private record Work(String name, long images, int cores, double image) {
    /** As {@code SparkHarvest} divides: an eighth of a core's share, within 256..8192 images. */
    long each(int workers) {
      return Math.max(256, Math.min(8192, images / (8L * workers * cores)));
    }
  }

  private static final int DICTIONARY = 12_288;

  private static final double IMAGE_BYTES = 110e3;

  /** Bytes of a feature in the file of a part of 256, 1024 .. images, as measured. */
  private static final double[] FEATURE_BYTES = {2.7e3, 5.5e3, 13.4e3, 26.5e3};

  /** Seconds of a core for an image: decoding, and adding up its scores of all features. */
  private static final double DECODE = 11.5e-3;

  private static final double SUM_UP = DICTIONARY * 0.37e-6;

  /** Seconds of a core for a feature of a part: to be read and merged, or written. */
  private static final double READ_AND_MERGE = 1.4e-3;

  private static final double WRITE = 0.7e-3;

  /** The driver hands out a task in so many seconds. */
  private static final double DISPATCH = 6e-3;

  /** A JVM starts and opens the networks; then it lists the corpus. */
  private static final double START = 12;

  private static final double LIST_EACH = 90e-6;

  /** Assumed: bytes a second of the storage that all read from, and of a worker's own network. */
  private static final double STORAGE = 10e9;

  private static final double LINK = 1.25e9;

  /** ViT-L at 224 pixels on cores as measured here, and on GPUs as assumed. */
  private static void simulate() {
    double onCore = 126 / 45.0 + DECODE + SUM_UP;
    int beside = 16;
    double onGpu = Math.max(1 / 700.0, (DECODE + SUM_UP) / beside);
    say("| images | workers | parts | hours | of ideal | part files, TB | added up in, hours |");
    say("|---|---|---|---|---|---|---|");
    for (long images : new long[] {1_281_167, 1_000_000_000}) {
      for (int workers : new int[] {2, 100, 1000, 10_000}) {
        simulate(new Work("cores", images, 1, onCore), workers);
      }
      for (int workers : new int[] {1, 8, 64, 512}) {
        simulate(new Work("GPUs", images, beside, onGpu), workers);
      }
    }
  }

  /** Bytes of all features of a part. */
  private static double partBytes(double images) {
    double place = Math.log(images / 256) / Math.log(4);
    int low = (int) Math.max(0, Math.min(FEATURE_BYTES.length - 2, Math.floor(place)));
    double share = Math.max(0, Math.min(1, place - low));
    return DICTIONARY * (FEATURE_BYTES[low] * (1 - share) + FEATURE_BYTES[low + 1] * share);
  }

  private static void simulate(Work work, int workers) {
    int slots = workers * work.cores;
    long each = work.each(workers);
    int parts = (int) ((work.images + each - 1) / each);
    Random random = new Random(7);
    // Seconds a byte takes when all slots read or write.
    double ofByte = Math.max(slots / STORAGE, work.cores / LINK);
    double image = Math.max(work.image * work.cores, IMAGE_BYTES * ofByte);
    double[] first = new double[parts];
    for (int i = 0; i < parts; i++) {
      // Machines differ by a tenth, and one task in a hundred takes twice as long.
      double slow = (1 + 0.1 * random.nextGaussian()) * (random.nextInt(100) == 0 ? 2 : 1);
      first[i] = each * image * Math.max(0.5, slow) + DICTIONARY * WRITE + partBytes(each) * ofByte;
    }
    double computed = START + LIST_EACH * work.images + ended(first, slots);
    double added = 0;
    double size = each;
    for (int left = parts; left > 1; left = (left + 7) / 8) {
      double[] level = new double[(left + 7) / 8];
      double bytes = 8 * partBytes(size) + partBytes(8 * size);
      double busy = Math.max(Math.min(slots, level.length) / STORAGE, 1 / LINK);
      Arrays.fill(level, DICTIONARY * (8 * READ_AND_MERGE + WRITE) + bytes * busy);
      added += ended(level, slots);
      size *= 8;
    }
    double total = computed + added;
    say(
        "| %,d | %,d %s | %,d | %.1f | %.0f %% | %.2f | %.2f |",
        work.images,
        workers,
        work.name,
        parts,
        total / 3600,
        100 * work.images * work.image / workers / total,
        parts * partBytes(each) / 1e12,
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
