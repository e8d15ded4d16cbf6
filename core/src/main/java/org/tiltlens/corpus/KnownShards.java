package org.tiltlens.corpus;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A folder of tars or tables as it was listed once: who knows it reads single images of the folder
 * elsewhere, opening none of the files but those that have them.
 *
 * @param column of the images in tables; null of tars
 * @param files in order
 * @param fingerprint {@link Corpus#fingerprint} of the images that are taken; null where nobody
 *     asked
 */
public record KnownShards(String column, List<Each> files, String fingerprint)
    implements Serializable {
  private static final long serialVersionUID = 1;

  public KnownShards {
    files = List.copyOf(files);
  }

  /**
   * One of the files.
   *
   * @param name below the folder
   * @param images in it
   * @param sha256 of their names, hexadecimal
   */
  public record Each(String name, int images, String sha256) implements Serializable {
    private static final long serialVersionUID = 1;
  }

  /** What a source is stored in. */
  static KnownShards of(ImageSource source, String column) {
    List<Each> files = new ArrayList<>();
    int from = 0;
    for (ImageSource.Stored file : source.stored()) {
      files.add(new Each(file.name(), file.images(), names(source, from, from + file.images())));
      from += file.images();
    }
    return new KnownShards(column, files, null);
  }

  private static String names(ImageSource source, int from, int to) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    for (int i = from; i < to; i++) {
      digest.update((source.name(i) + '\n').getBytes(StandardCharsets.UTF_8));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  KnownShards with(String itsFingerprint) {
    return new KnownShards(column, files, itsFingerprint);
  }
}
