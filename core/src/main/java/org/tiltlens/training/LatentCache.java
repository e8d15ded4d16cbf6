package org.tiltlens.training;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * The latents of images, as they are and mirrored: encoded when first asked for, and kept in
 * memory, up to 1 GB.
 *
 * <p>One that is encoded by itself depends on its image alone and not on what was asked for with
 * it: a training that goes on finds the same ones. Of those that are encoded together it finds the
 * same but for the rounding of a batch.
 */
final class LatentCache {
  private static final long MAX_BYTES = 1L << 30;

  private final LabelledImages images;
  private final PriorLatents latents;
  private final Device device;
  private final int together;
  private final float[][] kept;
  private long bytes;

  /**
   * @param device where they are encoded
   * @param together how many at once, at least 1
   */
  LatentCache(LabelledImages images, PriorLatents latents, Device device, int together) {
    this.images = images;
    this.latents = latents;
    this.device = device;
    this.together = together;
    kept = new float[2 * images.size()][];
  }

  /**
   * Some latents, (C, h, w) each, on the processor; they belong to the caller's scope.
   *
   * @param mirrored whether that of {@code indices[i]} is to be the mirror image's
   */
  List<Tensor> of(int[] indices, IntPredicate mirrored) {
    int[] places =
        IntStream.range(0, indices.length)
            .map(i -> 2 * indices[i] + (mirrored.test(i) ? 1 : 0))
            .toArray();
    int side = latents.side(images.side());
    Map<Integer, float[]> known = known(places);
    return IntStream.of(places)
        .mapToObj(place -> Tensors.floats(known.get(place), latents.channels(), side, side))
        .toList();
  }

  /** Place in {@link #kept} -> latent, kept or new. */
  private Map<Integer, float[]> known(int... places) {
    Map<Integer, float[]> known = new HashMap<>();
    IntStream.of(places)
        .filter(place -> kept[place] != null)
        .forEach(place -> known.put(place, kept[place]));
    int[] missing =
        IntStream.of(places).filter(place -> !known.containsKey(place)).distinct().toArray();
    Batching.inTurn(
        missing.length,
        together,
        (first, count) -> {
          int[] some = Arrays.copyOfRange(missing, first, first + count);
          List<float[]> encoded = encode(some);
          for (int i = 0; i < count; i++) {
            known.put(some[i], encoded.get(i));
            keep(some[i], encoded.get(i));
          }
          return count;
        });
    return known;
  }

  private void keep(int place, float... latent) {
    if (bytes + 4L * latent.length <= MAX_BYTES) {
      kept[place] = latent;
      bytes += 4L * latent.length;
    }
  }

  private List<float[]> encode(int... places) {
    try (Scope scope = Scope.open()) {
      List<Tensor> seen =
          IntStream.of(places)
              .mapToObj(
                  place -> {
                    Tensor image = images.image(place / 2);
                    return place % 2 == 1 ? image.flip(2) : image;
                  })
              .toList();
      Tensor encoded = latents.encode(device.place(Tensors.stack(seen)));
      return IntStream.range(0, places.length)
          .mapToObj(i -> Tensors.toFloats(encoded.select(0, i)))
          .toList();
    }
  }
}
