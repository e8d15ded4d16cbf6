package org.tiltlens.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.tiltlens.harvest.ActivationMaps;
import org.tiltlens.harvest.FeaturePictures;
import org.tiltlens.harvest.FeatureReader;
import org.tiltlens.harvest.FeatureStatistics;
import org.tiltlens.harvest.HarvestSpec;
import org.tiltlens.run.Json;
import org.tiltlens.run.Sha256;
import org.tiltlens.run.Version;

/**
 * Pictures of a catalogue's images and features, drawn when they are first asked for and kept on
 * disk; nobody waits for what is there.
 *
 * <p>They are kept by what decides them: the table, and the release that draws.
 */
final class PictureCache implements AutoCloseable {
  private static final int STRIP_IMAGES = 4;
  private static final int STRIP_SIDE = 96;
  private static final int KEY = 16;
  private static final int SECONDS_TO_END = 10;

  private final Catalogue catalogue;
  private final Path folder;
  private final String device;

  /** One thread draws: the engine gives every thread that computes a pool of its own. */
  private final ExecutorService drawing =
      Executors.newSingleThreadExecutor(task -> new Thread(task, "studio-pictures"));

  private FeaturePictures pictures;
  private FeatureReader reader;

  /**
   * @param cache where folders of pictures are
   */
  PictureCache(Catalogue catalogue, Path cache, String device) {
    this.catalogue = catalogue;
    this.device = device;
    String key = Sha256.of(Version.NUMBER + Json.write(catalogue.info()));
    folder = cache.resolve("pictures-" + key.substring(0, KEY));
  }

  /**
   * An image of the corpus as the network sees it.
   *
   * @throws Refused if there is none, or it is broken
   */
  Path image(int image) throws IOException {
    if (image >= catalogue.corpus().size()) {
      throw Refused.missing("image " + image);
    }
    Path file = folder.resolve("corpus").resolve(image + ".png");
    if (!Files.exists(file)) {
      draw(
          () -> {
            Files.createDirectories(file.getParent());
            return Files.exists(file)
                || FeaturePictures.writeImage(catalogue.corpus(), image, file);
          });
    }
    return require(file, "a picture of image " + image);
  }

  /**
   * A feature's map over one of its top images.
   *
   * @throws Refused if there is none
   */
  Path map(int feature, int image) throws IOException {
    FeatureStatistics known = catalogue.statistics(feature);
    if (known.top().stream().noneMatch(top -> top.image() == image)) {
      throw new Refused(404, "image " + image + " is no top image of feature " + feature);
    }
    Path file = folder.resolve("feature-" + feature).resolve(image + "-map.png");
    if (!Files.exists(file)) {
      drawMaps(known);
    }
    return require(file, "a map over image " + image);
  }

  /** A feature's activations on its top images. */
  ActivationMaps activations(int feature) throws IOException {
    Path file = ActivationMaps.file(folder, feature);
    if (!Files.exists(file)) {
      drawMaps(catalogue.statistics(feature));
    }
    return Json.read(file, null, ActivationMaps.class);
  }

  private void drawMaps(FeatureStatistics known) throws IOException {
    draw(
        () -> {
          if (!Files.exists(ActivationMaps.file(folder, known.feature()))) {
            pictures().writeWithActivations(known, folder);
          }
          return null;
        });
  }

  /** A feature's first top images under their maps, side by side. */
  Path strip(int feature) throws IOException {
    Path file = folder.resolve("feature-" + feature).resolve("strip.png");
    if (!Files.exists(file)) {
      FeatureStatistics known = catalogue.statistics(feature);
      draw(
          () -> {
            Files.createDirectories(file.getParent());
            if (!Files.exists(file)) {
              pictures().writeStrip(known, STRIP_IMAGES, STRIP_SIDE, file);
            }
            return null;
          });
    }
    return file;
  }

  private static Path require(Path file, String what) {
    if (!Files.exists(file)) {
      throw Refused.missing(what);
    }
    return file;
  }

  /** On the drawing thread. */
  private FeaturePictures pictures() throws IOException {
    if (pictures == null) {
      pictures =
          FeaturePictures.open(HarvestSpec.of(catalogue.bundle()), catalogue.corpus(), device);
    }
    return pictures;
  }

  /** Something that is asked of the models. */
  interface Question<T> {
    T of(FeatureReader models) throws IOException;
  }

  /**
   * Asks the models, once they are free.
   *
   * @throws Refused if they do not take what they are asked about
   */
  <T> T ask(Question<T> question) throws IOException {
    return draw(
        () -> {
          if (reader == null) {
            reader = pictures().reader(HarvestSpec.of(catalogue.bundle()), catalogue.info());
          }
          try {
            return question.of(reader);
          } catch (IllegalArgumentException e) {
            throw Refused.wrong(e.getMessage().lines().findFirst().orElse("no image"));
          }
        });
  }

  /** Where pictures of its models are kept. */
  Path folder() {
    return folder;
  }

  private <T> T draw(Callable<T> work) throws IOException {
    try {
      return drawing.submit(work).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while a picture was drawn", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Refused refused) {
        throw refused;
      }
      throw new IOException("a picture cannot be drawn: " + e.getCause().getMessage(), e);
    }
  }

  /** Ends once the picture that is being drawn is there. */
  @Override
  public void close() {
    drawing.shutdown();
    try {
      if (drawing.awaitTermination(SECONDS_TO_END, TimeUnit.SECONDS) && pictures != null) {
        pictures.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
