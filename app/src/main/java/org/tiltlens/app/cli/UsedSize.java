package org.tiltlens.app.cli;

import org.tiltlens.models.TrainedFraming;
import picocli.CommandLine;

/** Says when a network is used on images of another size than it was trained on. */
final class UsedSize {
  private UsedSize() {}

  /**
   * One line on standard error for each such model.
   *
   * @param side of the images they will see, in pixels
   * @param remedy what to do for the size trained at; its {@code %d} is that size
   * @param names of the models, as in a spec; null where there is none
   */
  static void say(CommandLine command, int side, String remedy, String... names) {
    for (String name : names) {
      if (name != null) {
        TrainedFraming.of(name)
            .filter(trained -> trained.size() != side)
            .ifPresent(
                trained ->
                    Tiltlens.say(
                        command,
                        "note: '%s' was trained at %d x %d pixels and is used at %d x %d; %s"
                            .formatted(
                                name,
                                trained.size(),
                                trained.size(),
                                side,
                                side,
                                remedy.formatted(trained.size()))));
      }
    }
  }
}
