package org.tiltlens.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.fixture.RandomPipeline;
import org.tiltlens.harvest.HarvestPass;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** All features of a dictionary on a harvest's batch of random images that are in memory. */
final class HarvestBatches implements Computation {
  private static final long SEED = 45;

  private final HarvestPass pass;
  private final Tensor images;

  /**
   * @param pipeline stays its owner's to close
   */
  HarvestBatches(RandomPipeline pipeline) {
    pass = new HarvestPass(pipeline);
    long[] image = pipeline.prior().imageShape();
    images =
        Scope.keepForever(
            Scope.of(
                () -> {
                  Tensor uniform =
                      Noise.uniform(SEED, 0, 0, HarvestPass.BATCH, image[0], image[1], image[2]);
                  Tensor all = Tensors.plus(Tensors.scale(uniform, 2), -1); // [0, 1) -> [-1, 1)
                  return pipeline.prior().device().place(all);
                }));
  }

  @Override
  public String words() {
    return "harvest";
  }

  @Override
  public int images() {
    return HarvestPass.BATCH;
  }

  @Override
  public boolean isThroughput() {
    return true;
  }

  @Override
  public List<Way> ways() {
    return List.of(new Way("", JsonNodeFactory.instance.objectNode().put("what", "harvest")));
  }

  @Override
  public Map<String, Tensor> example() {
    Map<String, Tensor> example = new HashMap<>(pass.of(images));
    example.put("images", images);
    return example;
  }

  @Override
  public double seconds(int iterations) {
    long begin = System.nanoTime();
    for (int i = 0; i < iterations; i++) {
      try (Scope scope = Scope.open()) {
        // Read, as a harvest does: a card may still be at it.
        Tensors.toDoubles(pass.of(images).get(HarvestPass.ACTIVE_IMAGES));
      }
    }
    return (System.nanoTime() - begin) / 1e9;
  }

  @Override
  public void close() {
    Scope.release(images);
  }
}
