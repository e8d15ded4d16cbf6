package org.tiltlens.run;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The folder a run writes to, and what is left in it by a killed one.
 *
 * <p>Every file appears whole: it is written under a temporary name and then moved. What a run
 * needs to go on lies in {@code .state} and disappears when {@code run.json} is written. One
 * process at a time may hold the folder.
 */
public final class RunFolder implements AutoCloseable {
  /** Where a finished run says what it found. */
  public static final String RUN_JSON = "run.json";

  static final String STATE = ".state";
  static final String IDENTITY = "identity.json";
  private static final String LOCK = "lock";
  private static final int LONGEST_NAME = 80;

  /**
   * The folders that this process holds. Its runs ask here before they touch the lock: on POSIX
   * systems a process loses its lock of a file when it closes any channel of that file.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path root;
  private final List<Path> newFolders;
  private final Path held;
  private final FileChannel lockFile;

  private RunFolder(Path root, List<Path> newFolders, Path held, FileChannel lockFile) {
    this.root = root;
    this.newFolders = newFolders;
    this.held = held;
    this.lockFile = lockFile;
  }

  /** Whether a run in a folder has finished. */
  public static boolean isFinished(Path root) {
    return Files.exists(root.resolve(RUN_JSON));
  }

  /** Whether a run of a command was begun in a folder, and not finished. */
  public static boolean isBegun(Path root, String command) throws IOException {
    return !isFinished(root)
        && commandOf(root.resolve(STATE).resolve(IDENTITY)).filter(command::equals).isPresent();
  }

  /** The command that a run's file names; empty without a file that does. */
  static Optional<String> commandOf(Path file) throws IOException {
    try {
      return Files.isRegularFile(file)
          ? Optional.of(Json.read(file, "command", String.class))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      // Who opens it tells what is wrong with it.
      return Optional.empty();
    }
  }

  /**
   * The finished run in a folder, if there is one.
   *
   * @throws IllegalArgumentException if its {@code run.json} is damaged or another command's
   */
  public static <T> Optional<T> finished(Path root, Class<T> type) throws IOException {
    return finished(root, type, "folder");
  }

  /**
   * The same of a run that another starts from.
   *
   * @param field what names its folder, which another is to be given for
   */
  public static <T> Optional<T> finished(Path root, Class<T> type, String field)
      throws IOException {
    if (!isFinished(root)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Json.read(root.resolve(RUN_JSON), null, type));
    } catch (IllegalArgumentException e) {
      // What does not fit in the eyes of this command says nothing to who asked for it.
      SpecException refused =
          new SpecException(
              "the %s in '%s' is damaged, or of another command: give another {"
                  + field
                  + "}, or delete it",
              RUN_JSON,
              root);
      refused.initCause(e);
      throw refused;
    }
  }

  /**
   * What the finished run in a folder found, or what a run finds that is made there now.
   *
   * @param identity all that decides the result; see {@link RunIdentity}
   * @param of the same of a result
   * @param work makes the result
   * @throws IllegalArgumentException if the folder holds another run
   * @throws InUse if it is in use
   */
  public static <T> T once(
      Path root, Class<T> type, String identity, Function<T, String> of, Work<T> work)
      throws IOException {
    return renew(root, type, identity, found -> requireSame(root, identity, of.apply(found)), work);
  }

  /**
   * The same where a finished run that is not wanted is made anew.
   *
   * @param identity what an unfinished run in the folder must have to go on with it
   * @param wanted whether the finished run in the folder is the one that is asked for
   */
  public static <T> T renew(
      Path root, Class<T> type, String identity, Predicate<T> wanted, Work<T> work)
      throws IOException {
    // Before the lock, which a folder that is only to be read does not allow.
    Optional<T> before = finished(root, type).filter(wanted);
    if (before.isPresent()) {
      return before.get();
    }
    try (RunFolder folder = open(root, identity)) {
      // Again, since until the lock another process may have been at work.
      Optional<T> meanwhile = finished(root, type).filter(wanted);
      T result = meanwhile.isPresent() ? meanwhile.get() : folder.made(work);
      folder.dropState();
      return result;
    }
  }

  /** Makes the result of a run in its folder. */
  public interface Work<T> {
    T in(RunFolder folder) throws IOException;
  }

  private <T> T made(Work<T> work) throws IOException {
    boolean made = false;
    try {
      T result = work.in(this);
      WholeFile.writeText(file(RUN_JSON), Json.write(result) + "\n");
      made = true;
      return result;
    } finally {
      if (!made) {
        dropIfUntouched();
      }
    }
  }

  /**
   * Refuses a finished run that is another one; true else.
   *
   * @param wanted all that decides the run that is asked for
   * @param found the same of the one in the folder
   */
  public static boolean requireSame(Path root, String wanted, String found) {
    if (!found.equals(wanted)) {
      throw another(root, "a finished");
    }
    return true;
  }

  /**
   * Opens {@code root} for the run that {@code identity} describes, creating it if need be.
   *
   * @param identity all that decides the bits of the result; compared as text with that of an
   *     earlier run in the folder
   * @throws IllegalArgumentException if the folder holds another run
   * @throws InUse if it is in use
   */
  public static RunFolder open(Path root, String identity) throws IOException {
    List<Path> newFolders = missing(root);
    Path held = Files.createDirectories(root.resolve(STATE)).toRealPath();
    if (!HELD.add(held)) {
      throw new InUse(root);
    }
    RunFolder folder = new RunFolder(root, newFolders, held, lockedOrNotHeld(root, held));
    try {
      Holder.write(folder.state(Holder.NAME));
      folder.claim(identity);
    } catch (IOException | RuntimeException e) {
      folder.close();
      throw e;
    }
    return folder;
  }

  /**
   * Refuses a folder that another run has now.
   *
   * @throws InUse if one does
   */
  static void requireFree(Path root) throws IOException {
    if (!Files.exists(root.resolve(STATE).resolve(LOCK))) {
      return;
    }
    Path held = root.resolve(STATE).toRealPath();
    if (!HELD.add(held)) {
      throw new InUse(root);
    }
    try {
      locked(root).close();
    } finally {
      HELD.remove(held);
    }
  }

  /** The folders to create, the innermost first. */
  static List<Path> missing(Path root) {
    return Stream.iterate(root.toAbsolutePath(), Objects::nonNull, Path::getParent)
        .takeWhile(path -> !Files.exists(path))
        .toList();
  }

  private static FileChannel lockedOrNotHeld(Path root, Path held) throws IOException {
    boolean locked = false;
    try {
      FileChannel channel = locked(root);
      locked = true;
      return channel;
    } finally {
      if (!locked) {
        HELD.remove(held);
      }
    }
  }

  /** The file whose lock is the folder's; closing it gives the folder free. */
  private static FileChannel locked(Path root) throws IOException {
    Path file = root.resolve(STATE).resolve(LOCK);
    while (true) {
      try {
        Object found = keyOf(file);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        if (channel.tryLock() == null) {
          channel.close();
          throw new InUse(root);
        }
        // A run that ended in between took its lock away: then this one is nobody's.
        if (Objects.equals(found, keyOf(file))) {
          return channel;
        }
        channel.close();
      } catch (NoSuchFileException e) {
        // Taken away in between, too.
      }
    }
  }

  /** What tells a file, made if need be, from another of the same name; null if nothing does. */
  private static Object keyOf(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    try {
      Files.createFile(file);
    } catch (FileAlreadyExistsException e) {
      // That of a run that is under way or was killed.
    }
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  /** Another run, of this process or another, has the folder. */
  public static final class InUse extends SpecException {
    private static final long serialVersionUID = 1;

    private InUse(Path root) {
      super(
          "'%s' is in use by %s: wait for it, or give another {folder}",
          root, Holder.words(root.resolve(STATE)));
    }
  }

  private void claim(String identity) throws IOException {
    Path earlier = state(IDENTITY);
    if (Files.exists(earlier)) {
      if (!Arrays.equals(Files.readAllBytes(earlier), identity.getBytes(StandardCharsets.UTF_8))) {
        throw another(root, "an unfinished");
      }
    } else {
      WholeFile.writeText(earlier, identity);
    }
  }

  private static IllegalArgumentException another(Path root, String state) {
    return new SpecException(
        "'%s' holds %s run with other settings, models or images (or one whose record of them is"
            + " damaged): give another {folder}, or delete it",
        root, state);
  }

  /** A file of the result, by its path relative to the folder; its parent exists. */
  public Path file(String name) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    return file;
  }

  /**
   * A unit or another text as part of a file's name: letters and digits joined by {@code -}; the
   * end of what is too long, as a path says most there.
   */
  public static String safeName(String text) {
    String safe = text.replaceAll("[^A-Za-z0-9]+", "-");
    return safe.substring(Math.max(0, safe.length() - LONGEST_NAME));
  }

  /**
   * {@code tiltlens-out/COMMAND-UNIT-HASH}: the same for the same spec, so that a killed run is
   * found again.
   */
  public static Path usual(String command, String unit, Object spec) {
    return usual(command + "-" + safeName(unit), spec);
  }

  /** The same of what is about no single unit. */
  public static Path usual(String name, Object spec) {
    return Path.of("tiltlens-out", name + "-" + Integer.toHexString(Json.write(spec).hashCode()));
  }

  /** A file of the run's state. */
  public Path state(String name) {
    return root.resolve(STATE).resolve(name);
  }

  /** From now on the run is finished; the lock goes last. */
  private void dropState() throws IOException {
    List<Path> inside;
    try (Stream<Path> walk = Files.walk(root.resolve(STATE))) {
      inside = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : inside) {
      if (!path.equals(state(LOCK)) && !path.equals(root.resolve(STATE))) {
        Files.deleteIfExists(path);
      }
    }
    Files.deleteIfExists(state(LOCK));
    close();
    deleteIfEmpty(root.resolve(STATE));
  }

  /** A run that was refused before it left anything leaves no folder behind either. */
  private void dropIfUntouched() throws IOException {
    if (names(root).equals(Set.of(STATE))
        && names(root.resolve(STATE)).equals(Set.of(LOCK, Holder.NAME, IDENTITY))) {
      dropState();
      for (Path folder : newFolders) {
        deleteIfEmpty(folder);
      }
    }
  }

  private static Set<String> names(Path folder) throws IOException {
    try (Stream<Path> inside = Files.list(folder)) {
      return inside.map(path -> path.getFileName().toString()).collect(Collectors.toSet());
    }
  }

  static void deleteIfEmpty(Path folder) throws IOException {
    try {
      Files.deleteIfExists(folder);
    } catch (DirectoryNotEmptyException e) {
      // Another run has the folder by now.
    }
  }

  @Override
  public void close() throws IOException {
    // Once only: by the second time the folder may be another run's.
    if (lockFile.isOpen()) {
      lockFile.close();
      HELD.remove(held);
    }
  }
}
