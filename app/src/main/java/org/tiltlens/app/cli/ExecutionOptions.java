package org.tiltlens.app.cli;

import org.tiltlens.models.ModelFiles;
import org.tiltlens.run.Execution;
import org.tiltlens.torch.Device;
import picocli.CommandLine.Option;

/** How to compute, common to the commands that compute. */
final class ExecutionOptions {
  @Option(
      names = "--device",
      paramLabel = "D",
      description = "cpu or cuda:N. Default: ${DEFAULT-VALUE}.")
  private String device = "cpu";

  @Option(
      names = "--batch",
      paramLabel = "N",
      description =
          "Images under way at the same time; more need more memory. On the CPU it changes no bit"
              + " of any image; on a GPU it does, and a run that goes on needs the same. Default:"
              + " one per thread, fewer where memory is short; on a GPU as many as its free memory"
              + " holds.")
  private Integer batch;

  @Option(names = "--threads", paramLabel = "N", description = "Processor threads. Default: all.")
  private Integer threads;

  @Option(
      names = "--threads-per-image",
      paramLabel = "N",
      description =
          "Threads that share one image, for a few large images; changes results by rounding."
              + " Default: ${DEFAULT-VALUE}.")
  private int threadsPerImage = 1;

  @Option(
      names = "--precision",
      paramLabel = "P",
      description =
          "How exactly the prior and the vision model multiply: fp32, tf32 (GPUs), bf16 or fp16."
              + " Changes results by rounding; scores, dictionaries and judges stay in fp32."
              + " Default: ${DEFAULT-VALUE}.")
  private String precision = "fp32";

  /** For drawing: as many images at once as memory allows. */
  Execution execution(ModelFiles models) {
    return drawing(models.prior());
  }

  /** For drawing from a prior alone. */
  Execution drawing(String prior) {
    return execution(ModelFiles.usualBatch(prior, new Device(device), allThreads()));
  }

  /** For looking at images, which takes little memory. */
  Execution execution() {
    return execution(allThreads());
  }

  private Execution execution(int defaultBatch) {
    return new Execution(
        device, batch == null ? defaultBatch : batch, allThreads(), threadsPerImage, precision);
  }

  private int allThreads() {
    int all = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    if (all < 1) {
      throw new IllegalArgumentException("illegal threads: " + all + ", must be at least 1");
    }
    return all;
  }
}
