package org.tiltlens.vision;

import static org.tiltlens.golden.Goldens.assertClose;

import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Autograd;

/** PyTorch's numbers of a network, made by {@code convolutional/make_convolutional.py}. */
final class ConvolutionalNumbers {
  static final Path FOLDER = Path.of("src/test/resources/convolutional");
  private static final double TOLERANCE = 2e-5;
  private static final String HOOK = ".hook_";

  private ConvolutionalNumbers() {}

  static TensorStore open(String name) {
    return Checkpoints.open(FOLDER.resolve(name));
  }

  /** Asserts that a model gives them all, to float's rounding of what was computed in double. */
  static void requireOf(PooledModel model, TensorStore expected) {
    List<HookPoint> hooks =
        expected.entries().keySet().stream()
            .filter(name -> name.contains(HOOK))
            .map(HookPoint::parse)
            .toList();
    Tensor input = Autograd.leaf(expected.load("input"));
    PooledModel.Summed summed = model.summed(input, hooks);
    for (int i = 0; i < hooks.size(); i++) {
      String name = hooks.get(i).toString();
      assertClose(summed.activations().get(i), expected.load(name), TOLERANCE, name);
    }
    assertClose(summed.vectors(), expected.load("pooled"), TOLERANCE, "pooled");
    Tensor sum = summed.vectors().mul(expected.load("probe")).sum();
    Tensor gradient = Autograd.gradient(sum, input);
    assertClose(gradient, expected.load("input_grad"), TOLERANCE, "gradient");
  }
}
