package org.tiltlens.compare;

import java.io.IOException;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.tiltlens.chart.ChartStyle;
import org.tiltlens.chart.ChartStyle.Mark;
import org.tiltlens.synthesis.VitalAscent;
import org.tiltlens.synthesis.VitalReferences;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Ascent towards the sorted activations of the corpus' top images. */
final class Vital extends AscentMethod<VitalAscent.Settings> {
  Vital() {
    super(
        "vital",
        "VITAL",
        "matches the sorted activations of real images, layer by layer: a point",
        new Mark(ChartStyle.BLACK, SeriesMarkers.OVAL));
  }

  @Override
  VitalAscent.Settings defaults(int size) {
    return VitalAscent.Settings.forSize(size);
  }

  @Override
  int steps(VitalAscent.Settings settings) {
    return settings.steps();
  }

  @Override
  Drawn draw(CompareDrawing from, DrawnImages to) throws IOException {
    CompareContext context = from.context();
    try (VitalReferences references = references(from)) {
      return climbed(new VitalAscent(references, context.imageSize(), settings(context)), from, to);
    }
  }

  private static VitalReferences references(CompareDrawing from) {
    try (Scope scope = Scope.open()) {
      List<Tensor> top =
          from.feature().calibrating().top(VitalReferences.USUAL_COUNT).stream()
              .map(image -> DrawnImages.read(image, from.corpus()))
              .toList();
      return VitalReferences.of(
          from.feature().models().score(),
          from.context().device().place(Tensors.stack(top)),
          from.context().batching().together());
    }
  }
}
