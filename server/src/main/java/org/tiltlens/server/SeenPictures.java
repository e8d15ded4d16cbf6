package org.tiltlens.server;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.tiltlens.corpus.ImageLimits;
import org.tiltlens.harvest.FeatureReader;
import org.tiltlens.harvest.SeenPicture;
import org.tiltlens.run.Sha256;
import org.tiltlens.run.WholeFile;

/**
 * Pictures of which is told what the features see in them: images that were sent, by the hash of
 * their bytes, and images of the corpus.
 *
 * <p>A network looks at each once; what it saw is kept beside the other pictures of its models.
 */
final class SeenPictures {
  /** What pictures are called: a SHA-256, or an image of the corpus. */
  static final String NAME = "[0-9a-f]{64}|corpus-\\d{1,9}";

  /** Images that are kept, at most. */
  static final int MOST = 256;

  private static final String CORPUS = "corpus-";
  private static final ImageLimits LIMITS =
      new ImageLimits(Route.Takes.IMAGE.most(), 24L << 20, Duration.ofSeconds(20));

  private final Catalogue catalogue;
  private final PictureCache pictures;
  private final Path folder;

  /**
   * @param folder where images that were sent are kept as they came
   */
  SeenPictures(Catalogue catalogue, PictureCache pictures, Path folder) {
    this.catalogue = catalogue;
    this.pictures = pictures;
    this.folder = folder;
  }

  /** A picture's name as people read it. */
  static String shortly(String name) {
    return name.startsWith(CORPUS)
        ? name.substring(CORPUS.length()) + " of the corpus"
        : name.substring(0, Math.min(8, name.length()));
  }

  /**
   * Keeps an image, once the network has seen it.
   *
   * @return its name
   * @throws Refused if it is none, is too large, or too many are kept
   */
  String keep(ByteBuffer body) throws IOException {
    byte[] bytes = new byte[body.remaining()];
    body.duplicate().get(bytes);
    String name = HexFormat.of().formatHex(Sha256.bytesOf(bytes));
    Path file = folder.resolve(name);
    if (!Files.exists(file)) {
      if (kept().size() >= MOST) {
        throw new Refused(409, MOST + " images are kept already: delete one first");
      }
      pictures.ask(models -> models.read(new ByteArrayInputStream(bytes), LIMITS, seenIn(name)));
      Files.createDirectories(folder);
      WholeFile.write(file, out -> out.write(bytes));
    }
    return name;
  }

  /** Names of the images that are kept, the last first. */
  List<String> kept() throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    Map<String, Long> found = new HashMap<>();
    try (Stream<Path> inside = Files.list(folder)) {
      for (Path file : inside.toList()) {
        String name = file.getFileName().toString();
        if (name.matches(NAME)
            && !name.startsWith(CORPUS)
            && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          found.put(name, Files.getLastModifiedTime(file).toMillis());
        }
      }
    }
    return found.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .map(Map.Entry::getKey)
        .toList();
  }

  /**
   * Forgets an image.
   *
   * @throws Refused if it was not sent
   */
  void delete(String name) throws IOException {
    if (index(name).isPresent() || !Files.deleteIfExists(folder.resolve(name))) {
      throw Refused.missing("an image of this name that was sent");
    }
    WholeFile.deleteTree(seenIn(name));
  }

  private Path seenIn(String name) {
    return pictures.folder().resolve("seen").resolve(name);
  }

  /** The index in the corpus of a picture from there. */
  private static Optional<Integer> index(String name) {
    return name.startsWith(CORPUS)
        ? Optional.of(Integer.valueOf(name.substring(CORPUS.length())))
        : Optional.empty();
  }

  /**
   * What was seen in a picture; the network looks at it if it has not.
   *
   * @throws Refused if there is none of the name
   */
  private SeenPicture seen(String name) throws IOException {
    Path into = seenIn(name);
    SeenPicture before = FeatureReader.found(into);
    if (before != null) {
      return before;
    }
    Optional<Integer> index = index(name);
    if (index.isPresent()) {
      if (index.get() >= catalogue.corpus().size()) {
        throw Refused.missing("image " + index.get());
      }
      return pictures.ask(models -> models.read(index.get(), into));
    }
    Path file = folder.resolve(name);
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw Refused.missing("an image of this name");
    }
    byte[] bytes = Files.readAllBytes(file);
    return pictures.ask(models -> models.read(new ByteArrayInputStream(bytes), LIMITS, into));
  }

  /** A picture as the network sees it. */
  Path picture(String name) throws IOException {
    Path file = seenIn(name).resolve(FeatureReader.PICTURE);
    if (!Files.exists(file)) {
      seen(name);
    }
    return file;
  }

  /** A feature's map, to lay over a picture. */
  Path map(String name, int feature) throws IOException {
    Path png = seenIn(name).resolve("map-" + feature + ".png");
    if (!Files.exists(png)) {
      catalogue.statistics(feature);
      seen(name);
      pictures.ask(
          models -> {
            models.writeMap(seenIn(name), feature, png);
            return png;
          });
    }
    return png;
  }

  /** A picture as a file that stays, such as for a job. */
  Path file(String name) throws IOException {
    seen(name);
    Path file = folder.resolve(name);
    if (!Files.exists(file)) {
      byte[] bytes = Files.readAllBytes(picture(name));
      Files.createDirectories(folder);
      WholeFile.write(file, out -> out.write(bytes));
    }
    return file;
  }

  /** In which order features are told of. */
  enum Sort {
    /** How far the score is above the mean of the corpus' scores, in their standard deviations. */
    DEVIATIONS,
    /** The score. */
    SCORE
  }

  /** A picture and the features that fire on it most. */
  PictureDetail detail(String name, Sort sort, int most) throws IOException {
    SeenPicture seen = seen(name);
    Map<Integer, FeaturePage.Row> known = known();
    Comparator<PictureDetail.Fires> order =
        sort == Sort.SCORE
            ? Comparator.comparingDouble(PictureDetail.Fires::score)
            : Comparator.comparingDouble(PictureDetail.Fires::deviations);
    List<PictureDetail.Fires> features =
        seen.features().stream()
            .filter(one -> known.containsKey(one.feature()))
            .map(one -> fires(name, one, known.get(one.feature()), null))
            .sorted(order.reversed())
            .limit(most)
            .toList();
    List<PictureDetail.Fires> told = new ArrayList<>();
    for (PictureDetail.Fires one : features) {
      told.add(
          one.withPercentile(
              catalogue.statistics(one.feature()).sample().percentileOf(one.score())));
    }
    Optional<Integer> index = index(name);
    return new PictureDetail(
        name,
        index.map(catalogue.corpus()::name).orElse(null),
        index.flatMap(catalogue.corpus()::className).orElse(null),
        at(name) + "/picture.png",
        seen.rows(),
        seen.columns(),
        told);
  }

  private static String at(String name) {
    return Api.ROOT + "/images/" + name;
  }

  private static PictureDetail.Fires fires(
      String name, SeenPicture.Seen seen, FeaturePage.Row known, Double percentile) {
    return new PictureDetail.Fires(
        seen.feature(),
        seen.score(),
        percentile,
        known.deviation() > 0 ? (seen.score() - known.mean()) / known.deviation() : 0,
        seen.active(),
        seen.row(),
        seen.column(),
        known.classes(),
        at(name) + "/maps/" + seen.feature() + ".png");
  }

  /** Features with statistics. */
  private Map<Integer, FeaturePage.Row> known() throws IOException {
    Map<Integer, FeaturePage.Row> known = new HashMap<>();
    catalogue
        .page(FeatureQuery.all(Integer.MAX_VALUE))
        .features()
        .forEach(row -> known.put(row.feature(), row));
    return known;
  }

  /**
   * The features strongest at a place of a picture.
   *
   * @throws Refused if the maps have no such place
   */
  PlaceDetail place(String name, int row, int column, int most) throws IOException {
    SeenPicture seen = seen(name);
    if (row >= seen.rows() || column >= seen.columns()) {
      throw Refused.missing("this place");
    }
    List<SeenPicture.Strength> strongest =
        pictures.ask(models -> models.at(seenIn(name), row, column, most));
    Map<Integer, FeaturePage.Row> known = known();
    return new PlaceDetail(
        name,
        row,
        column,
        strongest.stream()
            .map(
                one ->
                    new PlaceDetail.There(
                        one.feature(),
                        one.value(),
                        one.active(),
                        known.containsKey(one.feature())
                            ? known.get(one.feature()).classes()
                            : List.of()))
            .toList());
  }
}
