package org.tiltlens.prompts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.DType;
import org.tiltlens.diffusion.LcmStep;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.fixture.StableDiffusionFiles;
import org.tiltlens.fixture.StableDiffusionSizes;
import org.tiltlens.models.TextPrior;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * How much memory one step of a search for a prompt takes, on a random Stable Diffusion: {@code
 * FOLDER tiny|published SIDE RESPACING...}, side that of the latents. Reads the process' peak from
 * Linux.
 */
final class SearchMemory {
  private SearchMemory() {}

  public static void main(String[] arguments) throws IOException {
    boolean published = arguments[1].equals("published");
    StableDiffusionSizes sizes =
        published ? StableDiffusionSizes.PUBLISHED : StableDiffusionSizes.TINY;
    Path folder = Path.of(arguments[0]);
    if (!Files.exists(folder)) {
      StableDiffusionFiles.pipeline(folder, sizes, DType.F16);
    }
    int side = Integer.parseInt(arguments[2]);
    Map<String, String> options = Map.of("image_size", arguments[2]);
    try (TextPrior prior = TextPrior.open(folder, options, Device.CPU)) {
      say("open", System.nanoTime());
      for (int i = 3; i < arguments.length; i++) {
        NoiseSchedule schedule =
            NoiseSchedule.named("scaled_linear:0.00085:0.012", 1000).respaced(arguments[i]);
        try (Scope scope = Scope.open()) {
          FewSteps steps =
              new FewSteps(told -> prior.prior(told, null, 1, schedule), new LcmStep());
          Tensor context = prior.context("a picture of a dog");
          IntFunction<Tensor> noise =
              draw -> Noise.normal(45, 0, draw, 1, StableDiffusionSizes.LATENTS, side, side);
          long start = System.nanoTime();
          steps.images(context, noise);
          say("an image in " + arguments[i], start);
          long again = System.nanoTime();
          steps.climb(context, noise, images -> Tensors.mean(images.square(), 1, 2, 3));
          say("its gradient", again);
        }
      }
    }
  }

  /** The peak since the last call. */
  private static void say(String what, long start) throws IOException {
    String peak =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("VmHWM"))
            .findFirst()
            .orElseThrow()
            .replaceAll("\\D", "");
    System.out.printf(
        Locale.ROOT,
        "%-24s peak %6.2f GB, %6.1f s%n",
        what,
        Long.parseLong(peak) / 1e6,
        (System.nanoTime() - start) / 1e9);
    Files.writeString(Path.of("/proc/self/clear_refs"), "5");
  }
}
