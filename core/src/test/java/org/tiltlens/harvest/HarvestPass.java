package org.tiltlens.harvest;

import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.fixture.RandomPipeline;

/** What a harvest computes on a batch of images that are in memory, without files. */
public final class HarvestPass {
  /** Images that a harvest computes together. */
  public static final int BATCH = Harvest.BATCH;

  /** On how many images each feature is active. */
  public static final String ACTIVE_IMAGES = HarvestBlocks.ACTIVE_IMAGES;

  private final FeatureScores scores;

  /** With the networks of {@code pipeline}, which stay its owner's to close. */
  public HarvestPass(RandomPipeline pipeline) {
    scores = new FeatureScores(pipeline.score().vision(), pipeline.hook(), pipeline.dictionary());
  }

  /** Name -> numbers of all features, which belong to the caller's scope. */
  public Map<String, Tensor> of(Tensor images) {
    FeatureScores.Batch batch = scores.of(images);
    return Map.of(
        HarvestBlocks.SCORES,
        batch.scores(),
        HarvestBlocks.POSITIONS,
        batch.positions(),
        ACTIVE_IMAGES,
        batch.activeImages(),
        HarvestBlocks.ACTIVE_POSITIONS,
        batch.activePositions());
  }
}
