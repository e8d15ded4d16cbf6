package org.tiltlens.training;

import java.util.List;
import java.util.stream.IntStream;

/** Counts of images, and of those that were classified right, class by class. */
final class Accuracy {
  private final int[] images;
  private final int[] right;

  /** Of so many classes, with no images yet. */
  Accuracy(int classes) {
    images = new int[classes];
    right = new int[classes];
  }

  /** Counts images, each by its label. */
  void add(List<Integer> labels, long... predicted) {
    for (int i = 0; i < predicted.length; i++) {
      int label = labels.get(i);
      images[label]++;
      right[label] += predicted[i] == label ? 1 : 0;
    }
  }

  /** Share of all images that were classified right. */
  double share() {
    return IntStream.of(right).sum() / (double) IntStream.of(images).sum();
  }

  /** The counts of each class, by its name. */
  List<VisionReport.ClassAccuracy> byClass(List<String> names) {
    return IntStream.range(0, names.size())
        .mapToObj(i -> new VisionReport.ClassAccuracy(names.get(i), images[i], right[i]))
        .toList();
  }
}
