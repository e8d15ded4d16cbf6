package org.tiltlens.app.cli;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.ShortName;
import org.tiltlens.harvest.FeaturePictures;
import org.tiltlens.harvest.HarvestInfo;
import org.tiltlens.harvest.HarvestSpec;

/**
 * The names of a harvest's images; their numbers where the images are no longer there.
 *
 * @param corpus null if there are only numbers
 * @param problem why, one line; null if there are names, or never were any
 */
record ImageNamesOf(Corpus corpus, String problem) implements AutoCloseable {

  /** Opens the images where they were. */
  static ImageNamesOf open(Optional<HarvestSpec> spec, HarvestInfo info) {
    if (spec.isEmpty()) {
      return new ImageNamesOf(null, null);
    }
    try {
      return new ImageNamesOf(FeaturePictures.corpus(spec.get(), info), null);
    } catch (NoSuchFileException e) {
      return new ImageNamesOf(
          null,
          "images are told by their numbers, as '"
              + spec.get().images()
              + "' does not exist: give --images where they are now");
    } catch (IOException | IllegalArgumentException e) {
      return new ImageNamesOf(
          null,
          "images are told by their numbers: "
              + FieldNames.shown(String.valueOf(e.getMessage()), "features"));
    }
  }

  /** The name of its file, short and without the folders. */
  String of(int image) {
    return corpus == null ? Integer.toString(image) : ShortName.of(corpus.name(image));
  }

  /** The name with the folders, and the class where that does not tell it. */
  String whole(int image) {
    if (corpus == null) {
      return Integer.toString(image);
    }
    String name = corpus.name(image);
    return corpus
        .className(image)
        .filter(label -> !name.contains(label))
        .map(label -> name + ", " + label)
        .orElse(name);
  }

  @Override
  public void close() {
    if (corpus != null) {
      corpus.close();
    }
  }
}
