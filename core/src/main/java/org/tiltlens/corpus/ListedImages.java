package org.tiltlens.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.util.List;

/** Image files that are known by their names. */
abstract class ListedImages implements ImageSource {
  private final Listing listing;
  private final List<Skipped.Entry> unlisted;

  /**
   * @param unlisted files that were found but cannot be listed
   */
  ListedImages(Listing listing, List<Skipped.Entry> unlisted) {
    this.listing = listing;
    this.unlisted = List.copyOf(unlisted);
  }

  /** By name. */
  ListedImages(List<String> names, List<Skipped.Entry> unlisted) {
    this(Listing.sorted(names), unlisted);
  }

  /** Opens one file of the listing. */
  abstract InputStream open(String name) throws IOException;

  @Override
  public int size() {
    return listing.size();
  }

  @Override
  public String name(int index) {
    return listing.name(index);
  }

  @Override
  public int label(int index) {
    return listing.label(index);
  }

  @Override
  public List<String> classNames() {
    return listing.classNames();
  }

  @Override
  public List<Skipped.Entry> unlisted() {
    return unlisted;
  }

  @Override
  public RawImage read(int index) throws IOException {
    try (InputStream in = open(name(index))) {
      return ImageDecoder.decode(in);
    } catch (BrokenImageException e) {
      throw e;
    } catch (NoSuchFileException e) {
      throw new BrokenImageException(Skipped.MISSING, "is not there", e);
    } catch (IOException e) {
      throw new BrokenImageException(Skipped.UNREADABLE, "cannot be read: " + e, e);
    }
  }
}
