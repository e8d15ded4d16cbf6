package org.tiltlens.training;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Pictures of stripes in memory: class 0 lies, class 1 stands; a little noise, a random colour. */
final class Stripes implements LabelledImages {
  private final List<float[]> images = new ArrayList<>();
  private final int side;

  Stripes(int count, int side, long seed) {
    this.side = side;
    try (Scope scope = Scope.open()) {
      for (int i = 0; i < count; i++) {
        float[] noise = Tensors.toFloats(Noise.normal(seed, i, 0, 3, side, side));
        float[] colour = Tensors.toFloats(Noise.uniform(seed, i, 1, 3));
        int label = label(i);
        float[] image = new float[3 * side * side];
        for (int p = 0; p < image.length; p++) {
          int row = p / side % side;
          int along = label == 0 ? row : p % side;
          float stripe = (along + i / 2) / 2 % 2 == 0 ? 0.7f : -0.7f;
          image[p] =
              Math.max(-1, Math.min(1, stripe * colour[p / (side * side)] + 0.1f * noise[p]));
        }
        images.add(image);
      }
    }
  }

  @Override
  public int size() {
    return images.size();
  }

  @Override
  public Tensor image(int index) {
    return Tensors.floats(images.get(index), 3, side, side);
  }

  @Override
  public int label(int index) {
    return index % 2;
  }

  @Override
  public int classes() {
    return 2;
  }
}
