package org.tiltlens.models;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import org.tiltlens.run.CacheFolder;
import org.tiltlens.run.FolderCheck;
import org.tiltlens.run.Json;
import org.tiltlens.run.Sha256;
import org.tiltlens.run.WholeFile;

/**
 * The bundle on the class path, as a folder: models are mapped into memory, which wants files.
 *
 * <p>Built from its sources, Tiltlens has it in a folder already. From a jar it is unpacked, once
 * per content, to the {@link CacheFolder}.
 */
final class EmbeddedBundle {
  /** The file that tells what a bundle holds. */
  static final String MANIFEST = "bundle.json";

  private static final String RESOURCES = "/org/tiltlens/bundle/";

  /** Found when first asked for; what fails then is asked for again. */
  private static Path found;

  private EmbeddedBundle() {}

  /**
   * Where it is.
   *
   * @throws IllegalStateException if it is not on the class path
   */
  static synchronized Path folder() {
    if (found == null) {
      found = find();
    }
    return found;
  }

  private static Path find() {
    URL manifest = EmbeddedBundle.class.getResource(RESOURCES + MANIFEST);
    if (manifest == null) {
      throw new IllegalStateException(
          "the embedded bundle (small models with a corpus) is not on the class path: add the"
              + " artifact org.tiltlens:tiltlens-bundle, or open models of your own or a bundle in"
              + " a folder (Bundle.at, or `bundle`)");
    }
    try {
      if (manifest.getProtocol().equals("file")) {
        return Path.of(manifest.toURI()).getParent();
      }
      FolderCheck.requireCache(CacheFolder.path());
      return unpack(
          CacheFolder.path(), file -> EmbeddedBundle.class.getResourceAsStream(RESOURCES + file));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot unpack the embedded bundle", e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException("class path entry " + manifest + " is no path", e);
    }
  }

  /** Opens a file of the bundle. */
  interface Source {
    InputStream open(String file) throws IOException;
  }

  /**
   * Copies the files that {@code bundle.json} lists into a folder of {@code cache} named by its
   * hash, and checks theirs; does nothing if that is there. The folder appears whole.
   */
  static Path unpack(Path cache, Source source) throws IOException {
    Files.createDirectories(cache);
    Path fresh = Files.createTempDirectory(cache, "unpacking");
    try {
      copy(source, MANIFEST, fresh);
      Path manifest = fresh.resolve(MANIFEST);
      String hash = Sha256.of(manifest);
      Path folder = cache.resolve("bundle-" + hash.substring(0, 16));
      if (Files.isDirectory(folder)) {
        return folder;
      }
      BundleManifest listed = Json.read(manifest, null, BundleManifest.class);
      for (Map.Entry<String, String> file : listed.files().entrySet()) {
        copy(source, file.getKey(), fresh);
        if (!Sha256.of(fresh.resolve(file.getKey())).equals(file.getValue())) {
          throw new IOException("'" + file.getKey() + "' is damaged: its SHA-256 differs");
        }
      }
      try {
        Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
      } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
        // Another process was faster; its folder has the same content.
        return folder;
      }
      return folder;
    } finally {
      WholeFile.deleteTree(fresh);
    }
  }

  private static void copy(Source source, String file, Path to) throws IOException {
    Path target = to.resolve(file);
    Files.createDirectories(target.getParent());
    try (InputStream in = source.open(file)) {
      if (in == null) {
        throw new IOException("the bundle lacks '" + file + "'");
      }
      Files.copy(in, target);
    }
  }
}
