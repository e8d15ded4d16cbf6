package org.tiltlens.demo;

import java.io.IOException;
import java.nio.file.Path;
import org.tiltlens.page.Pages;

/**
 * The page of a demo: one file of HTML that holds its pictures, styles and plot, and asks nothing
 * of any network.
 *
 * <p>The templates are in {@code src/main/jte}. Every number on the page stands in a {@code <data>}
 * element with its full value and, as {@code data-at}, its place in the {@code run.json} beside it.
 */
public final class GalleryPage {
  private GalleryPage() {}

  /**
   * Writes {@code index.html} into the folder of a demo, whole or not at all.
   *
   * @param folder where the pictures that the result names are
   * @throws IOException if a picture is missing or no PNG, or the page cannot be written
   */
  public static void write(Path folder, DemoResult result) throws IOException {
    Pages.write(folder, "demo/gallery.jte", new GalleryReader(folder, result).read());
  }
}
