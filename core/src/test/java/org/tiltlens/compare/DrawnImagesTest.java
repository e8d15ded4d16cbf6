package org.tiltlens.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.feature.Score;
import org.tiltlens.golden.Goldens;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.sampling.Course;
import org.tiltlens.synthesis.AscentState;
import org.tiltlens.synthesis.PixelAscent;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Images of a method that go through its network together. */
class DrawnImagesTest {
  private static final int COUNT = 5;

  @TempDir private Path folder;

  /** How many images each look of the network was at. */
  private final List<Integer> looks = Collections.synchronizedList(new ArrayList<>());

  /** The mean of the red, on a card with room for so many images. */
  private Score red(int room) {
    return images -> {
      int count = (int) images.size(0);
      if (count > room) {
        throw new RuntimeException("CUDA out of memory. Tried to allocate 2.00 GiB");
      }
      looks.add(count);
      return Tensors.mean(images.select(1, 0), 1, 2);
    };
  }

  private List<Integer> drawn(String name, Batching batching, int room) throws IOException {
    looks.clear();
    PixelAscent ascent = new PixelAscent(red(room), 4, settings());
    try (RunFolder run = RunFolder.open(folder.resolve(name), "same")) {
      new DrawnImages(COUNT, batching, run, name, new Progress.Task() {})
          .walked(
              "",
              ascent.steps(),
              images -> new Course.Ascending(ascent, 45, images),
              AscentState::row,
              done -> Map.of(DrawnImages.IMAGE, ascent.image(done)));
    }
    return List.copyOf(looks);
  }

  private static PixelAscent.Settings settings() {
    PixelAscent.Settings usual = PixelAscent.Settings.DEFAULTS;
    return new PixelAscent.Settings(
        2, usual.rate(), usual.optimiser(), usual.sd(), usual.variation(), usual.energy());
  }

  private Tensor image(String name, int image) {
    try (TensorStore store =
        Checkpoints.open(folder.resolve(name + "/images/" + image + ".safetensors"))) {
      return store.load(DrawnImages.IMAGE);
    }
  }

  /** The first group is halved once, and those after it are as small from the start. */
  @Test
  void ascentsWithoutRoomForAllGoOnInHalves() throws IOException {
    assertThat(drawn("alone", Batching.together(1), 1)).containsOnly(1).hasSize(2 * COUNT);
    assertThat(drawn("card", Batching.together(4), 2)).containsExactly(2, 2, 2, 2, 1, 1);
    try (Scope scope = Scope.open()) {
      for (int i = 0; i < COUNT; i++) {
        Goldens.assertClose(image("card", i), image("alone", i), 1e-6, "image " + i);
      }
    }
    assertThat(drawn("card", Batching.together(4), 2)).isEmpty();
  }
}
