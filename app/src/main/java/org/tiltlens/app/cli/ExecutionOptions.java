package org.tiltlens.app.cli;

import org.tiltlens.study.Execution;
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
              + " of any image. Default: as many as there are threads.")
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

  Execution execution() {
    int all = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    return new Execution(device, batch == null ? Math.max(1, all) : batch, all, threadsPerImage);
  }
}
