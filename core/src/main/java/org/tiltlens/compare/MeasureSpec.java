package org.tiltlens.compare;

import org.tiltlens.run.Bounds;

/**
 * How a comparison measures what was drawn.
 *
 * @param network TorchScript file in whose features sets of images are compared; null for the
 *     bundle's judge, or without one the vision model's own pooled token
 * @param reference images of a reference set drawn by soft retrieval, at least 10
 * @param boundSteps steps of a slower bound of dequantised images, at least 2; null: none
 * @param qualiclip weights of {@link org.tiltlens.quality.QualiClip}, which looks at every image
 *     then; null: none
 */
public record MeasureSpec(String network, int reference, Integer boundSteps, String qualiclip) {
  /** In the bundle's own features, against 500 images. */
  public static final MeasureSpec USUAL = new MeasureSpec(null, 500, null, null);

  private static final int LEAST_REFERENCE = 10;

  public MeasureSpec {
    Bounds.within("reference", reference, LEAST_REFERENCE, Bounds.MAX_COUNT);
    if (boundSteps != null) {
      Bounds.within("boundSteps", boundSteps, 2, Bounds.MAX_COUNT);
    }
  }

  /** The same in the features of a TorchScript network; null for the bundle's own. */
  public MeasureSpec withNetwork(String file) {
    return new MeasureSpec(file, reference, boundSteps, qualiclip);
  }

  /** The same with another number of images in a reference set. */
  public MeasureSpec withReference(int images) {
    return new MeasureSpec(network, images, boundSteps, qualiclip);
  }

  /** The same with a slower bound beside, over so many steps; null for none. */
  public MeasureSpec withBoundSteps(Integer steps) {
    return new MeasureSpec(network, reference, steps, qualiclip);
  }

  /** The same with QualiCLIP's weights; null for none. */
  public MeasureSpec withQualiclip(String file) {
    return new MeasureSpec(network, reference, boundSteps, file);
  }
}
