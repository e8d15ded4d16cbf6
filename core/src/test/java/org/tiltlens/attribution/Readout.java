package org.tiltlens.attribution;

import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.feature.Unit;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.VisionModel;

/**
 * A vision model that shows the pixels at its first hook point and what is made of them at its
 * second.
 *
 * @param made (N, 3, H, W) -> (N, 1, h, w)
 */
record Readout(UnaryOperator<Tensor> made) implements VisionModel {
  static final HookPoint PIXELS = HookPoint.parse("pixels.resid_pre");
  static final HookPoint MADE = HookPoint.parse("pixels.resid_post");

  /** The mean of what is made of the pixels. */
  static UnitScore mean(UnaryOperator<Tensor> made) {
    return score(made, MADE, new Unit.Channel(0));
  }

  static UnitScore score(UnaryOperator<Tensor> made, HookPoint at, Unit unit) {
    return new UnitScore(
        new Readout(made), at, unit, new SpatialReduction.Mean(), CentralCrop.NONE);
  }

  /** The mean over positions of {@code sum_c w_c(y, x) x_c(y, x)}; w is (1, 3, H, W). */
  static UnitScore weighing(Tensor weights) {
    return mean(images -> Tensors.sum(images.mul(weights), 1).unsqueeze(1));
  }

  @Override
  public Tensor activations(Tensor images, HookPoint at) {
    return at.equals(PIXELS) ? images : made.apply(images);
  }

  @Override
  public List<HookPoint> hookPoints() {
    return List.of(PIXELS, MADE);
  }

  @Override
  public int channels(HookPoint at) {
    return at.equals(PIXELS) ? 3 : 1;
  }

  @Override
  public HookPoint require(HookPoint at) {
    return at;
  }

  @Override
  public String describe() {
    return "readout";
  }

  @Override
  public void close() {
    // Holds nothing.
  }
}
