package org.tiltlens.corpus;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/** A folder that may be a corpus, wherever it is. */
interface CorpusFolder {
  /** Names of the files directly in it that match a pattern, sorted. */
  List<String> directly(String pattern) throws IOException;

  /** What it is, if it is known to be no corpus, in the words after "is". */
  Optional<String> other() throws IOException;

  /** All files below it. */
  FolderNames below() throws IOException;

  /** Some of its files on this machine's disks, by name. */
  SortedMap<String, Path> files(Collection<String> names) throws IOException;

  /** The same of files that nobody needs together, so that some may be without the others. */
  default SortedMap<String, Path> single(Collection<String> names) throws IOException {
    return files(names);
  }

  /**
   * Its image files.
   *
   * @param unlisted what else was found
   */
  ImageSource images(List<Skipped.Entry> unlisted) throws IOException;
}
