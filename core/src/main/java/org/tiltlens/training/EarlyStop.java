package org.tiltlens.training;

/**
 * A training that ends when images held out of it are not classified better any more, and whose
 * result are the weights that did best.
 *
 * @param heldOut share of the training images that are held out, in (0, 0.5]; see {@link HeldOut}
 * @param every steps between evaluations, at least 1
 * @param patience evaluations without a better one after which it ends, at least 1
 */
public record EarlyStop(double heldOut, long every, int patience) {
  public EarlyStop {
    if (!(heldOut > 0 && heldOut <= 0.5) || every < 1 || patience < 1) {
      throw new IllegalArgumentException(
          "early stop by %s of the images every %d steps with a patience of %d: expected a share in"
                  .formatted(heldOut, every, patience)
              + " (0, 0.5], and both numbers at least 1");
    }
  }
}
