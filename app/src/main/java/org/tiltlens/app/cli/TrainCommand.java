package org.tiltlens.app.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code tiltlens train}: fits models to images. */
@Command(
    name = "train",
    description = "Trains a prior, an autoencoder, a vision model or a dictionary on images.",
    mixinStandardHelpOptions = true,
    subcommands = {
      TrainPriorCommand.class,
      TrainAutoencoderCommand.class,
      TrainVisionCommand.class,
      TrainDictionaryCommand.class
    })
final class TrainCommand implements Runnable {
  @Spec private CommandSpec command;

  @Override
  public void run() {
    throw new ParameterException(
        command.commandLine(), "what should be trained: prior, autoencoder, vision or dictionary?");
  }
}
