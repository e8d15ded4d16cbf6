package org.tiltlens.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.fixture.RandomPipeline;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Precision;

/**
 * Seconds of guided steps, and of a harvest's batch, on a device: networks of random weights, by
 * precision and by how many images go together; started by {@code scripts/gpu-check}.
 *
 * <p>Each row is a line of JSON, added to the file as soon as it is known.
 */
public final class DeviceRates {
  private static final Map<String, RandomPipeline.Size> SIZES =
      Map.of("tiny", RandomPipeline.Size.TINY, "full", RandomPipeline.Size.FULL);
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.linear(1000).respaced("100");
  private static final int WARM_UP = 2;
  private static final int LEAST = 3;
  private static final double SECONDS = 2;

  private final Path file;

  private DeviceRates(Path file) {
    this.file = file;
  }

  /**
   * @param arguments device, size, precisions and batches with commas, and the file
   */
  public static void main(String... arguments) throws IOException {
    if (arguments.length != 5 || !SIZES.containsKey(arguments[1])) {
      System.err.println(
          "usage: DeviceRates cuda:0 tiny|full fp32,tf32,bf16 1,4,16 FILE: got "
              + String.join(" ", arguments));
      System.exit(2);
    }
    DeviceRates rates = new DeviceRates(Path.of(arguments[4]));
    List<Integer> batches = Arrays.stream(arguments[3].split(",")).map(Integer::valueOf).toList();
    for (String precision : arguments[2].split(",")) {
      Device device = new Device(arguments[0], Precision.named(precision)).requireAvailable();
      rates.measure(arguments[1], device, batches);
    }
  }

  private void measure(String size, Device device, List<Integer> batches) throws IOException {
    try (RandomPipeline pipeline =
        RandomPipeline.open(SIZES.get(size), SCHEDULE, UnaryOperator.identity(), device)) {
      for (int batch : batches) {
        try (GuidedSteps steps = new GuidedSteps(pipeline, batch)) {
          add(size, device, steps);
        }
      }
      try (HarvestBatches harvest = new HarvestBatches(pipeline)) {
        add(size, device, harvest);
      }
    }
  }

  private void add(String size, Device device, Computation what) throws IOException {
    ObjectNode row = JsonNodeFactory.instance.objectNode();
    row.put("what", what.words())
        .put("size", size)
        .put("precision", device.precision().toString())
        .put("images", what.images());
    try {
      double seconds = seconds(what);
      row.put("seconds", seconds).put("images_per_second", what.images() / seconds);
    } catch (RuntimeException e) {
      // Such as no room for so many: the others may have some.
      row.put("error", what.words() + " of " + what.images() + ": " + firstLine(e));
    }
    OptionalLong free = device.freeBytes();
    if (free.isPresent()) {
      row.put("free_bytes", free.getAsLong());
    }
    Files.writeString(file, row + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static String firstLine(RuntimeException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  /** Of one, once all is warm; both read numbers from the device at their end. */
  private static double seconds(Computation what) {
    what.seconds(WARM_UP);
    double all = 0;
    int times = 0;
    while (times < LEAST || all < SECONDS) {
      all += what.seconds(1);
      times++;
    }
    return all / times;
  }
}
