package org.tiltlens.attribution;

import static org.tiltlens.torch.Tensors.mean;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * How far the score falls where a square patch of the image's mean colour covers it: the heat of a
 * pixel is the mean of {@code s(x) - s(x occluded)} over the patches that cover the pixel; negative
 * where the score rises. (H, W) of the image.
 *
 * <p>Source: Zeiler and Fergus 2014 (arXiv 1311.2901), section 4.2, with a grey patch. Asks the
 * model itself, so that it holds for any unit, at one pass per patch.
 *
 * @param patch side of the patch in pixels, from 1 to the image's shorter side
 * @param stride pixels from one place of the patch to the next, from 1 to {@code patch}; the last
 *     place ends with the image, so that every pixel is covered
 */
public record Occlusion(int patch, int stride) implements Attribution {
  /** Occluded images that go through the model together. */
  private static final int BATCH = 16;

  private static final int MAX_PLACES = 1 << 16;

  public Occlusion {
    if (patch < 1) {
      throw new IllegalArgumentException(
          "occlusion patch of " + patch + " pixels, must be at least 1");
    }
    if (stride < 1 || stride > patch) {
      throw new IllegalArgumentException(
          "occlusion stride of "
              + stride
              + " pixels, must be in 1.."
              + patch
              + ", the patch's side, for pixels not to be left out");
    }
  }

  /** A patch of an eighth of the image, half of it from place to place: 225 passes. */
  public static Occlusion ofSide(int pixels) {
    int patch = Math.max(1, pixels / 8);
    return new Occlusion(patch, Math.max(1, patch / 2));
  }

  /**
   * Where the patch lies.
   *
   * @param y row of its top
   * @param x column of its left
   */
  private record Place(int y, int x) {}

  @Override
  public Tensor of(UnitScore score, Tensor image) {
    List<Place> places = places(Attribution.requireOne(image));
    int height = Math.toIntExact(image.size(2));
    int width = Math.toIntExact(image.size(3));
    float[] heat = new float[height * width];
    int[] covers = new int[height * width];
    try (Scope scope = Scope.open()) {
      double whole = score.finite(image).item_double();
      Tensor colour = mean(image, 2, 3).view(1, 3, 1, 1);
      double[] scores =
          Batching.inTurn(
                  places.size(),
                  BATCH,
                  (from, count) -> scores(score, image, colour, places.subList(from, from + count)))
              .stream()
              .flatMapToDouble(DoubleStream::of)
              .toArray();
      for (int i = 0; i < scores.length; i++) {
        Place place = places.get(i);
        for (int y = place.y; y < place.y + patch; y++) {
          for (int x = place.x; x < place.x + patch; x++) {
            heat[y * width + x] += (float) (whole - scores[i]);
            covers[y * width + x]++;
          }
        }
      }
      for (int i = 0; i < heat.length; i++) {
        heat[i] /= covers[i];
      }
      return scope.keep(Tensors.floats(heat, height, width));
    }
  }

  private List<Place> places(Tensor image) {
    List<Integer> rows = starts(Math.toIntExact(image.size(2)));
    List<Integer> columns = starts(Math.toIntExact(image.size(3)));
    if ((long) rows.size() * columns.size() > MAX_PLACES) {
      throw new IllegalArgumentException(
          "occlusion stride of "
              + stride
              + " pixels puts the patch at "
              + rows.size()
              + " x "
              + columns.size()
              + " places, more than "
              + MAX_PLACES
              + ": take larger strides");
    }
    List<Place> places = new ArrayList<>();
    rows.forEach(y -> columns.forEach(x -> places.add(new Place(y, x))));
    return places;
  }

  private List<Integer> starts(int side) {
    if (patch > side) {
      throw new IllegalArgumentException(
          "occlusion patch of " + patch + " pixels, must be at most the image's side, " + side);
    }
    List<Integer> starts = new ArrayList<>();
    for (int start = 0; start < side - patch; start += stride) {
      starts.add(start);
    }
    starts.add(side - patch);
    return starts;
  }

  private double[] scores(UnitScore score, Tensor image, Tensor colour, List<Place> places) {
    try (Scope scope = Scope.open()) {
      Tensor occluded = image.repeat(places.size(), 1, 1, 1);
      for (int i = 0; i < places.size(); i++) {
        Place place = places.get(i);
        Tensor one = occluded.narrow(0, i, 1);
        one.narrow(2, place.y, patch).narrow(3, place.x, patch).copy_(colour);
      }
      return Tensors.toDoubles(score.finite(occluded));
    }
  }
}
