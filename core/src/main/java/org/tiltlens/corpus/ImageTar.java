package org.tiltlens.corpus;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/** The image files in a {@code .tar}, such as a shard of WebDataset, read in place. */
final class ImageTar extends ListedImages {
  private final RecordFile tar;
  private final TarWalk walk;

  private ImageTar(RecordFile tar, TarWalk walk) {
    super(walk.contents().names(), walk.contents().unlisted());
    this.tar = tar;
    this.walk = walk;
  }

  static boolean isTar(Path file) throws IOException {
    return TarHeader.of(RecordFile.start(file, TarHeader.BLOCK)).isPresent();
  }

  static ImageTar open(Path file) throws IOException {
    RecordFile tar = RecordFile.open(file);
    try {
      return new ImageTar(tar, TarWalk.of(tar));
    } catch (IOException | RuntimeException e) {
      tar.close();
      throw e;
    }
  }

  @Override
  InputStream open(String name) throws IOException {
    TarWalk.Place place = walk.places().get(name);
    int most = (int) Math.min(place.size(), ImageDecoder.MAX_FILE_BYTES + 1L);
    return new ByteArrayInputStream(tar.read(place.from(), most));
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }
}
