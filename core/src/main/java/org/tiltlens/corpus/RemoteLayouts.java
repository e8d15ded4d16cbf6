package org.tiltlens.corpus;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** Tells a corpus' layout by what lies at its address; the layouts are those of {@link Layouts}. */
final class RemoteLayouts {
  private RemoteLayouts() {}

  static ImageSource open(RemoteFiles files, String address) throws IOException {
    String at = address;
    String inside = "";
    while (true) {
      RemoteFiles.Kind kind = files.kind(at);
      if (kind == RemoteFiles.Kind.FOLDER && inside.isEmpty()) {
        return Layouts.openFolder(new RemoteFolder(files, at));
      }
      if (kind == RemoteFiles.Kind.FOLDER) {
        Optional<ParquetImages> column = Layouts.columnOf(new RemoteFolder(files, at), inside);
        return Layouts.requireImages(
            column.orElseThrow(() -> new NoSuchFileException(address)), address);
      }
      if (kind == RemoteFiles.Kind.FILE) {
        return openFile(files, at, inside);
      }
      int slash = at.lastIndexOf('/');
      if (slash < 1 || at.charAt(slash - 1) == '/' || at.charAt(slash - 1) == ':') {
        throw new NoSuchFileException(address);
      }
      String last = at.substring(slash + 1);
      inside = inside.isEmpty() ? last : last + "/" + inside;
      at = at.substring(0, slash);
    }
  }

  /**
   * Opens a file.
   *
   * @param inside a folder or a column in it; empty for all
   */
  private static ImageSource openFile(RemoteFiles files, String file, String inside)
      throws IOException {
    int slash = file.lastIndexOf('/');
    String folder = file.substring(0, slash);
    String name = file.substring(slash + 1);
    if (ImageNames.isList(name) && inside.isEmpty()) {
      byte[] text = files.read(file, ImageList.MOST_BYTES + 1);
      if (text.length > ImageList.MOST_BYTES) {
        throw ImageList.tooLong(file);
      }
      ArchiveContents listed = ImageList.names(new ByteArrayInputStream(text), file);
      return Layouts.requireImages(
          new RemoteImages(files, folder, Listing.of(listed.names()), listed.unlisted()), file);
    }
    SortedSet<String> wanted = new TreeSet<>();
    wanted.add(name);
    for (String each : Layouts.beside(name)) {
      if (files.kind(folder + "/" + each) == RemoteFiles.Kind.FILE) {
        wanted.add(each);
      }
    }
    Path copied = files.copied(folder, wanted);
    try {
      return Layouts.open(copied.resolve(name).resolve(inside));
    } catch (IllegalArgumentException e) {
      // The copy's place tells nobody anything.
      throw new IllegalArgumentException(e.getMessage().replace(copied.toString(), folder), e);
    }
  }
}
