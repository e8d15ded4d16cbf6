package org.tiltlens.files;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.bert.BertMasked;
import org.tiltlens.bert.WordPiece;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.Framing;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.models.Inspection;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.vision.TorchScriptModel;
import org.tiltlens.vision.VisionModel;

/** What a file can be brought as, and the door that it is opened by. */
enum Group {
  NETWORK("Vision models", "--vision"),
  PRIOR("Priors", "--prior"),
  DICTIONARY("Dictionaries", "--dictionary"),
  LANGUAGE("Language models", "--set dexter.bert="),
  CORPUS("Corpora", "--images"),
  IMAGE("Images", "--image, or in a corpus");

  private static final String UNUSABLE = "a sparse dictionary that cannot be used: ";

  final String title;
  final String option;

  Group(String title, String option) {
    this.title = title;
    this.option = option;
  }

  /** Whether `inspect` says what such a file is. */
  boolean isInspected() {
    return this == NETWORK || this == PRIOR || this == DICTIONARY;
  }

  /**
   * Opens a file as the commands do.
   *
   * @return what it says of itself; of what has no words of its own, nothing
   * @throws RuntimeException why it is refused
   */
  String open(Path path) throws IOException {
    return switch (this) {
      case NETWORK -> network(path);
      case PRIOR -> prior(path);
      case DICTIONARY -> dictionary(path);
      case LANGUAGE -> language(path);
      case CORPUS -> corpus(path);
      case IMAGE -> image(path);
    };
  }

  private static String network(Path path) {
    try (ModelShelf shelf = new ModelShelf()) {
      String name = path.toString();
      VisionModel model =
          Checkpoints.isProgram(path)
              ? shelf.vision(name, Map.of(), TorchScriptModel.OUTPUT, Device.CPU)
              : shelf.pooled(name, Device.CPU);
      return model.describe();
    }
  }

  private static String prior(Path path) {
    try (ModelShelf shelf = new ModelShelf()) {
      shelf.prior(path.toString(), Map.of(), NoiseSchedule.linear(1000), Device.CPU);
      return "";
    }
  }

  private static String dictionary(Path path) {
    try (ModelShelf shelf = new ModelShelf()) {
      SparseDictionary dictionary = shelf.dictionary(path.toString(), Device.CPU);
      return dictionary.describe();
    }
  }

  private static String language(Path path) {
    try (BertMasked bert = BertMasked.open(path, Device.CPU)) {
      WordPiece.open(path);
      return bert.describe();
    }
  }

  /** How many images were read, and what was left out. */
  private static String corpus(Path path) throws IOException {
    try (Corpus corpus = Corpus.open(path, Framing.crop(8));
        Scope scope = Scope.open()) {
      int read = corpus.read(0, corpus.size()).map(batch -> batch.indices().size()).orElse(0);
      String images = read == 1 ? "1 image" : read + " images";
      return corpus.skipped().count() == 0
          ? images
          : images + "; " + corpus.skipped().of(corpus.size());
    }
  }

  private static String image(Path path) throws IOException {
    try (Corpus corpus = Corpus.open(path.getParent(), Framing.crop(8));
        Scope scope = Scope.open()) {
      Tensor image =
          corpus
              .read(0)
              .orElseThrow(
                  () -> new IllegalArgumentException(corpus.skipped().first().get(0).reason()));
      return "top left " + ImageCases.colour(image, 1, 1);
    }
  }

  /**
   * What `inspect` says of a file.
   *
   * @throws RuntimeException why it cannot be loaded
   */
  String inspect(Path path) {
    Inspection inspection = Inspection.of(path);
    String problem = inspection.problem();
    String what = String.valueOf(inspection.architecture());
    if (problem == null && what.startsWith(UNUSABLE)) {
      problem = what.substring(UNUSABLE.length());
    }
    if (problem != null) {
      throw new IllegalArgumentException(problem);
    }
    return what;
  }
}
