package org.tiltlens.corpus;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Natural images on disk, read one by one or in batches, in an order that never changes.
 *
 * <p>A corpus is a folder of images with its sub-folders, linked ones too, a {@code .zip} of images
 * or a folder in it ({@code images.zip/train}), a {@code .tar} of images or a folder of such
 * (WebDataset's shards; {@code .gz} too), a Parquet file with a column of image files or a folder
 * of such (as Hugging Face stores them; {@code train.parquet/mask} names one of several columns), a
 * {@code .txt} that lists image files below its folder, an IDX file (MNIST, Fashion-MNIST; {@code
 * .gz} too), or a CIFAR-10 binary batch or folder of batches (whose {@code data_batch_*.bin} are
 * taken; name {@code test_batch.bin} to have that). Images in folders have the folder directly
 * around them as their class.
 *
 * <p>Every image has an index that stays its own. Damaged ones have one too: they are {@link
 * #skipped}, never fatal. In memory are only names and labels. Threads may share a corpus.
 */
public final class Corpus implements AutoCloseable {
  private final ImageSource source;
  private final Closeable behind;
  private final Framing framing;
  private final Skipped skipped;

  private Corpus(ImageSource source, Closeable behind, Framing framing) {
    this.source = source;
    this.behind = behind;
    this.framing = framing;
    skipped = new Skipped(source.unlisted());
  }

  /**
   * Some of a corpus' images, which belong to the scope of who read them.
   *
   * @param indices where they are in the corpus
   * @param images (n, 3, H, W) in [-1, 1], in the same order
   */
  public record Batch(List<Integer> indices, Tensor images) {}

  /**
   * Opens what lies at {@code path}.
   *
   * @throws IllegalArgumentException if that is no corpus, holds no images, or contradicts itself
   * @throws IOException if it cannot be read
   */
  public static Corpus open(Path path, Framing framing) throws IOException {
    return new Corpus(Layouts.open(path), () -> {}, framing);
  }

  /**
   * Opens what lies at an address, with the order and the names of the same files on this machine's
   * disks.
   *
   * @param files closed with the corpus, also if it cannot be opened
   * @throws IllegalArgumentException if that is no corpus, holds no images, or contradicts itself
   * @throws IOException if it cannot be read
   */
  public static Corpus open(RemoteFiles files, String address, Framing framing) throws IOException {
    try {
      return new Corpus(RemoteLayouts.open(files, address), files, framing);
    } catch (IOException | RuntimeException e) {
      files.close();
      throw e;
    }
  }

  /**
   * The images of a folder that was listed before, by their indices there. What was left out, and
   * classes, are known to who listed it.
   *
   * @param files closed with the corpus
   * @param folder its address
   * @param known as {@link #known} told it there
   */
  public static Corpus open(RemoteFiles files, String folder, KnownShards known, Framing framing) {
    return new Corpus(new LateShards(files, folder, known), files, framing);
  }

  /** Number of images, those that will turn out broken included. */
  public int size() {
    return source.size();
  }

  /** The image's name inside the corpus, such as {@code train/bird/0338.jpg}. */
  public String name(int index) {
    return source.name(requireIndex(index));
  }

  /** The image's class as an index of {@link #classNames}; empty if the layout has no labels. */
  public OptionalInt label(int index) {
    int label = source.label(requireIndex(index));
    return label == ImageSource.NO_LABEL ? OptionalInt.empty() : OptionalInt.of(label);
  }

  /** The name of the image's class; empty if the layout has no labels. */
  public Optional<String> className(int index) {
    OptionalInt label = label(index);
    return label.isPresent() ? Optional.of(classNames().get(label.getAsInt())) : Optional.empty();
  }

  /** Names of the classes; empty if the layout has no labels. */
  public List<String> classNames() {
    return source.classNames();
  }

  /**
   * One line if the first {@code count} images are of some of the classes only, as in folders,
   * which come by name; empty if they are not.
   */
  public Optional<String> lackOfFirst(int count) {
    if (count >= size()) {
      return Optional.empty();
    }
    BitSet labels = new BitSet();
    IntStream.range(0, count)
        .map(source::label)
        .filter(label -> label != ImageSource.NO_LABEL)
        .forEach(labels::set);
    return labels.cardinality() == classNames().size()
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "the first %,d of %,d images are of %,d of %,d classes: numbers are of these alone",
                count,
                size(),
                labels.cardinality(),
                classNames().size()));
  }

  /** How images become squares. */
  public Framing framing() {
    return framing;
  }

  /** What could not be used of all that was read so far. */
  public Skipped skipped() {
    return skipped;
  }

  /**
   * What was taken so far of each file that the corpus is stored in, in order; empty if it is no
   * folder of tars or tables.
   *
   * @param count how many of the corpus' first images were looked at
   */
  public List<Shard> shards(int count) {
    List<Shard> shards = new ArrayList<>();
    int from = 0;
    for (ImageSource.Stored file : source.stored()) {
      int end = from + file.images();
      int to = Math.max(from, Math.min(count, end));
      int leftOut = skipped.count(from, to) + skipped.unlistedIn(file.name());
      shards.add(new Shard(file.name(), to - from, leftOut));
      from = end;
    }
    return shards.size() > 1 ? List.copyOf(shards) : List.of();
  }

  /**
   * What another process needs to read single images of it, opening no other files than theirs;
   * empty if it is no folder of tars or tables.
   *
   * @param count how many of the corpus' first images are taken
   */
  public Optional<KnownShards> known(int count) {
    return source.known().map(shards -> shards.with(fingerprint(count)));
  }

  /** Counts an image that can be read, but of which no model can say anything, as skipped. */
  public void skip(int index, String reason) {
    skip(index, new Skipped.Entry(name(index), Skipped.NOT_FINITE, reason));
  }

  /** Counts an image as skipped that another process could not use. */
  public void skip(int index, Skipped.Entry entry) {
    skipped.add(requireIndex(index), entry);
  }

  /**
   * Reads one image; it belongs to the caller's scope.
   *
   * @return (3, H, W) in [-1, 1]; empty if it is broken
   * @throws UncheckedIOException if the corpus itself cannot be read any more
   */
  public Optional<Tensor> read(int index) {
    requireIndex(index);
    try {
      return Optional.of(framing.of(source.read(index)));
    } catch (BrokenImageException e) {
      skipped.add(index, new Skipped.Entry(source.name(index), e.kind(), e.getMessage()));
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads several images, leaving out broken ones.
   *
   * @return empty if all are broken
   */
  public Optional<Batch> read(List<Integer> indices) {
    try (Scope scope = Scope.open()) {
      List<Integer> whole = new ArrayList<>();
      List<Tensor> images = new ArrayList<>();
      for (int index : indices) {
        read(index)
            .ifPresent(
                image -> {
                  whole.add(index);
                  images.add(image);
                });
      }
      return images.isEmpty()
          ? Optional.empty()
          : Optional.of(new Batch(List.copyOf(whole), scope.keep(Tensors.stack(images))));
    }
  }

  /** Reads images {@code from .. to - 1}, leaving out broken ones. */
  public Optional<Batch> read(int from, int to) {
    return read(IntStream.range(from, to).boxed().toList());
  }

  /**
   * SHA-256, hexadecimal, of the framing, the first {@code count} images' names, and the pixels of
   * the first, middle and last of them: another value means that indices mean other images.
   */
  public String fingerprint(int count) {
    if (source instanceof LateShards late) {
      // Whose files are compared one by one.
      return late.fingerprint();
    }
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    digest.update(framing.toString().getBytes(StandardCharsets.UTF_8));
    for (int i = 0; i < count; i++) {
      digest.update(('\n' + name(i)).getBytes(StandardCharsets.UTF_8));
    }
    Stream.of(0, count / 2, count - 1)
        .map(this::read)
        .flatMap(Optional::stream)
        .forEach(
            image -> {
              digest.update(Tensors.bytes(image));
              Scope.release(image);
            });
    return HexFormat.of().formatHex(digest.digest());
  }

  private int requireIndex(int index) {
    if (index < 0 || index >= size()) {
      throw new IllegalArgumentException(
          "image " + index + " does not exist: the corpus has images 0.." + (size() - 1));
    }
    return index;
  }

  @Override
  public void close() {
    try (behind) {
      source.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
