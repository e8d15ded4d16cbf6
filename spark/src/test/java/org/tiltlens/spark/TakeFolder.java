package org.tiltlens.spark;

import java.nio.file.Path;

/** Takes a folder, says so by a letter, and keeps it for as long as it lives. */
public final class TakeFolder {
  private TakeFolder() {}

  public static void main(String[] args) throws Exception {
    TakenFolders.take(Path.of(args[0]));
    System.out.write('t');
    System.out.flush();
    System.in.read(); // until the other process ends
  }
}
