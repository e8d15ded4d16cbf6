package org.tiltlens.harvest;

import java.util.Map;
import org.tiltlens.corpus.Framing;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.run.SpecException;

/**
 * What is to be measured on which images.
 *
 * @param vision the vision model, named as in {@link ModelFiles}
 * @param visionOptions what a TorchScript network's file cannot tell, as in {@link ModelFiles}
 * @param hook where it is read; null as in {@link ModelFiles}
 * @param dictionary the sparse dictionary
 * @param images path of the corpus, or an address that a cluster reads
 * @param framing how its images become squares
 * @param limit how many of its first images to take, at least 1
 * @param reduction how a map becomes a number: {@code mix:A}, {@code max}, {@code mean} or {@code
 *     lse:T}
 * @param center side of the central crop that counts, as a share of the map's, in (0, 1]
 * @param top how many of each feature's highest-scoring images to keep, at least 1
 */
public record HarvestSpec(
    String vision,
    Map<String, String> visionOptions,
    String hook,
    String dictionary,
    String images,
    Framing framing,
    int limit,
    String reduction,
    double center,
    int top) {
  public HarvestSpec {
    if (vision == null || dictionary == null) {
      throw new SpecException(
          "give the models: {vision}, a file or folder, and {dictionary}, a folder, or a {bundle}");
    }
    visionOptions = visionOptions == null ? Map.of() : Map.copyOf(visionOptions);
  }

  /** What a bundle's own table was harvested with. */
  public static HarvestSpec of(Bundle bundle) {
    ModelFiles models = bundle.models();
    return new HarvestSpec(
        models.vision(),
        models.visionOptions(),
        models.hook(),
        models.dictionary(),
        bundle.corpus(),
        bundle.manifest().framing(),
        Integer.MAX_VALUE,
        "mix:0.7",
        0.5,
        Harvest.TOP_IMAGES);
  }

  /** The same with its models at other places. */
  public HarvestSpec withModels(String otherVision, String otherDictionary) {
    return new HarvestSpec(
        otherVision,
        visionOptions,
        hook,
        otherDictionary,
        images,
        framing,
        limit,
        reduction,
        center,
        top);
  }

  /** The same with the images at another place. */
  public HarvestSpec withImages(String where) {
    return new HarvestSpec(
        vision, visionOptions, hook, dictionary, where, framing, limit, reduction, center, top);
  }
}
