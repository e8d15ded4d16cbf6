package org.tiltlens.vision;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.MemoryStore;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Tensors;

/** Small ViTs of random weights. */
final class RandomVits {
  static final VitConfig MLP = new VitConfig(16, 3, 2, 24, false, 4, 2);
  static final VitConfig SWIGLU = new VitConfig(16, 3, 2, 24, true, 4, 2);
  static final VitConfig BARE = new VitConfig(16, 3, 2, 24, false, 4, 0);
  static final VitSettings TWO_HEADS = new VitSettings(OptionalInt.of(2), 1e-5, 100);

  private RandomVits() {}

  /** A random network whose numbers do not depend on the prefix. */
  static MemoryStore store(VitConfig config, String prefix, Predicate<String> kept) {
    return add(new MemoryStore(), config, prefix, kept);
  }

  static MemoryStore add(
      MemoryStore store, VitConfig config, String prefix, Predicate<String> kept) {
    VitShapes.all(
            config,
            new VitShapes.Parts(
                true,
                false,
                name -> name.startsWith("cls_norm.") || VitShapes.Parts.META.present().test(name)))
        .forEach(
            (name, shape) -> {
              if (kept.test(name)) {
                store.putRandom(prefix + name, name, shape);
              }
            });
    return store;
  }

  /** The shape of a DINOv3 ViT, if it is recognised as one. */
  static Optional<VitConfig> recognise(TensorStore store, Optional<String> config) {
    return new VitFamily()
        .in(store, new Beside(config, Optional.empty(), Map.of()))
        .map(found -> ((VitFamily.Found) found).config());
  }

  static Predicate<String> tiedNorms() {
    return name -> !name.startsWith("cls_norm.");
  }

  static Vit open(TensorStore store, Optional<HookPoint> last) {
    return Vit.open(
        new VitStores.Meaningful(store), TWO_HEADS, Device.CPU, Normalisation.IMAGENET, last);
  }

  static Vit small(VitConfig config) {
    return open(store(config, "", tiedNorms()), Optional.empty());
  }

  static Vit small() {
    return small(MLP);
  }

  /** Two images of 2 x 3 patches. */
  static Tensor images() {
    return Tensors.scale(Noise.normal(1, 0, 0, 2, 3, 8, 12), 0.5);
  }
}
