package org.tiltlens.unet;

/**
 * How attention layers split their channels into heads: the part of an ADM UNet that its weights do
 * not show.
 *
 * @param count heads per layer ({@code num_heads}); ignored where {@code channels} is given
 * @param countUpsample heads per layer on the way up ({@code num_heads_upsample}); -1: as {@code
 *     count}
 * @param channels channels per head ({@code num_head_channels}); -1: {@code count} decides
 * @param newOrder whether queries, keys and values are split before the heads ({@code
 *     use_new_attention_order}) or inside each head
 */
public record AttentionHeads(int count, int countUpsample, int channels, boolean newOrder) {
  /** 64 channels per head, split inside each head: all published ImageNet models but one. */
  public static final AttentionHeads CHANNELS_64 = new AttentionHeads(4, -1, 64, false);

  public AttentionHeads {
    if (count < 1 || countUpsample == 0 || countUpsample < -1 || channels == 0 || channels < -1) {
      throw new IllegalArgumentException(
          String.format(
              "attention heads: num_heads %d, num_heads_upsample %d, num_head_channels %d; each"
                  + " must be at least 1, and only the latter two may be -1",
              count, countUpsample, channels));
    }
    countUpsample = countUpsample == count ? -1 : countUpsample;
  }

  /**
   * Number of heads of a layer.
   *
   * @param width its channels
   * @param up whether it is on the way up
   * @throws IllegalArgumentException if the heads do not divide the channels
   */
  int of(int width, boolean up) {
    int heads = up && countUpsample != -1 ? countUpsample : count;
    if (channels != -1 ? width % channels != 0 : width % heads != 0) {
      throw new IllegalArgumentException(
          "attention over "
              + width
              + " channels cannot be split into heads "
              + (channels != -1 ? "of " + channels + " channels" : heads + " times")
              + ": change num_head_channels or num_heads");
    }
    return channels != -1 ? width / channels : heads;
  }
}
