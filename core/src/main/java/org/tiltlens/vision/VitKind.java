package org.tiltlens.vision;

import java.util.Optional;
import org.tiltlens.torch.Activation;

/**
 * In what ViTs differ, beside their size.
 *
 * @param name for people: {@code DINOv2 ViT}
 * @param classToken whether the first token is one for the whole image
 * @param positions learned ones; empty where positions enter by {@link Rope} alone
 * @param activation of the MLPs, where they are not gated
 * @param assumed whether nothing tells the activation, so that the usual one is taken
 * @param pooling what sums an image up
 */
public record VitKind(
    String name,
    boolean classToken,
    Optional<LearnedPositions> positions,
    Activation activation,
    boolean assumed,
    Pooling pooling) {
  /** DINOv3's. */
  public static final VitKind DINOV3 =
      new VitKind(
          "DINOv3 ViT", true, Optional.empty(), Activation.GELU, false, Pooling.CLASS_TOKEN);

  /** What sums an image up in one vector. */
  public enum Pooling {
    /** The normed class token. */
    CLASS_TOKEN,
    /** The normed average of the patches, or the average of the normed ones. */
    MEAN,
    /** What a learned query's attention finds among the normed tokens, after an MLP (SigLIP). */
    ATTENTION
  }

  /**
   * Learned positions: one vector for each patch of images of one size, resampled for others.
   *
   * @param before how many of the tokens before the patches have one too
   * @param rows of patches
   * @param columns of patches
   * @param resampling for other rows and columns
   */
  public record LearnedPositions(int before, int rows, int columns, Resampling resampling) {
    /** How many vectors there are. */
    public int count() {
      return before + rows * columns;
    }
  }

  /** How positions are resampled, all bicubic. */
  public enum Resampling {
    /** To the size: Hugging Face. */
    PLAIN,
    /** To the size, antialiased: timm, OpenCLIP and DINOv2 with registers. */
    ANTIALIASED,
    /** By the factor {@code (size + 0.1) / learned size}: Meta's DINO and DINOv2. */
    OFFSET
  }
}
