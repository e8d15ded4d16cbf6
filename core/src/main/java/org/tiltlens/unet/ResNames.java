package org.tiltlens.unet;

import java.util.List;

/**
 * What the layers of a residual block are called after its own name.
 *
 * @param time what tells the block the timestep
 * @param skip the convolution where the number of channels changes
 */
record ResNames(String norm1, String conv1, String time, String norm2, String conv2, String skip) {
  /** Those of guided-diffusion. */
  static final ResNames ADM =
      new ResNames(
          ".in_layers.0",
          ".in_layers.2",
          ".emb_layers.1",
          ".out_layers.0",
          ".out_layers.3",
          ".skip_connection");

  /** Those of diffusers. */
  static final ResNames DIFFUSERS =
      new ResNames(".norm1", ".conv1", ".time_emb_proj", ".norm2", ".conv2", ".conv_shortcut");

  /** What a layer of these names is called by others; the same if it is none of them. */
  String in(ResNames others, String layer) {
    int place = all().indexOf("." + layer);
    return place < 0 ? layer : others.all().get(place).substring(1);
  }

  private List<String> all() {
    return List.of(norm1, conv1, time, norm2, conv2, skip);
  }
}
