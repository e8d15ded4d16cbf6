package org.tiltlens.server;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.tiltlens.page.Quantity;

/**
 * The page of a picture.
 *
 * @param sort the order of its features
 * @param chosen the feature whose map is shown; null if there is none
 * @param place what is strongest at a place; null if none was chosen
 */
record ImageView(
    BundleView bundle,
    PictureDetail picture,
    SeenPictures.Sort sort,
    ExplainedView chosen,
    PlaceDetail place) {

  /** The picture in words. */
  String title() {
    if (picture.name() == null) {
      return "Image " + SeenPictures.shortly(picture.image());
    }
    String index = SeenPictures.shortly(picture.image());
    return "Image " + index + (picture.label() == null ? "" : ": " + picture.label());
  }

  /** Where this page is with another feature chosen. */
  String with(int feature) {
    return address("feature=" + feature);
  }

  /** Where this page is with a place chosen. */
  String at(int row, int column) {
    String kept = chosen == null ? "" : "feature=" + chosen.feature() + "&";
    return address(kept + "row=" + row + "&column=" + column);
  }

  private String address(String query) {
    String order = sort == SeenPictures.Sort.DEVIATIONS ? "" : "sort=" + word(sort) + "&";
    return "/images/" + picture.image() + "?" + order + query;
  }

  /** Where this page is in another order. */
  String sorted(SeenPictures.Sort other) {
    return "/images/" + picture.image() + "?sort=" + word(other);
  }

  private static String word(SeenPictures.Sort sort) {
    return sort.name().toLowerCase(Locale.ROOT);
  }

  /** Whether a feature is the chosen one. */
  boolean isChosen(PictureDetail.Fires one) {
    return chosen != null && chosen.feature() == one.feature();
  }

  /** The classes that a feature fires on, in words. */
  static String classes(List<FeaturePage.ClassCount> classes) {
    return classes.stream().map(FeaturePage.ClassCount::name).collect(Collectors.joining(", "));
  }

  /** How far above the mean, as people read it. */
  static String deviations(PictureDetail.Fires one) {
    return String.format(Locale.ROOT, "%+.1f σ", one.deviations());
  }

  /** What the page's numbers mean. */
  Set<Quantity> legend() {
    return EnumSet.of(Quantity.SCORE, Quantity.PERCENTILE, Quantity.HEAT);
  }
}
