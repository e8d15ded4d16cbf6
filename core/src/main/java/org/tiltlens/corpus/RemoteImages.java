package org.tiltlens.corpus;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.util.List;

/** Image files elsewhere, each read when it is asked for. */
final class RemoteImages extends ListedImages {
  private final RemoteFiles files;
  private final String folder;

  RemoteImages(RemoteFiles files, String folder, Listing listing, List<Skipped.Entry> unlisted) {
    super(listing, unlisted);
    this.files = files;
    this.folder = folder;
  }

  @Override
  InputStream open(String name) throws IOException {
    try {
      return new ByteArrayInputStream(
          files.read(folder + "/" + name, ImageDecoder.MAX_FILE_BYTES + 1));
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) {
      // Not this image's fault: what cannot be reached must not pass for broken.
      throw new UncheckedIOException("cannot read '" + folder + "/" + name + "': " + e, e);
    }
  }

  @Override
  public void close() {
    // Files are open only while they are read.
  }
}
