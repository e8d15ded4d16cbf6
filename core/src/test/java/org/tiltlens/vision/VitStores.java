package org.tiltlens.vision;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.DType;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Tensors;

/** Random ViTs as Meta and Hugging Face store them. */
final class VitStores {
  private static final List<String> QUERIES_KEYS_VALUES = List.of("q_proj", "k_proj", "v_proj");

  private VitStores() {}

  /** Of random numbers, those that have a meaning of their own. */
  record Meaningful(TensorStore random) implements TensorStore {
    @Override
    public Tensor load(String name) {
      int size = Math.toIntExact(entries().get(name).shape().get(0));
      float[] values = new float[size];
      if (name.endsWith("bias_mask")) {
        Arrays.fill(values, 1);
        Arrays.fill(values, size / 3, 2 * size / 3, 0);
        return Tensors.floats(values, size);
      }
      if (name.endsWith("rope_embed.periods")) {
        for (int i = 0; i < size; i++) {
          values[i] = (float) Math.pow(100, i / (double) size);
        }
        return Tensors.floats(values, size);
      }
      return random.load(name);
    }

    @Override
    public Tensor loadRows(String name, long from, long count) {
      return load(name).narrow(0, from, count).contiguous();
    }

    @Override
    public String source() {
      return random.source();
    }

    @Override
    public Map<String, TensorInfo> entries() {
      return random.entries();
    }

    @Override
    public Map<String, String> metadata() {
      return Map.of();
    }

    @Override
    public void close() {
      random.close();
    }
  }

  /**
   * The same network under Hugging Face's names: three tensors for queries, keys and values, no
   * bias of the keys, no periods.
   */
  record HuggingFace(TensorStore meta, VitConfig config) implements TensorStore {
    private Map<String, List<Long>> shapes() {
      VitShapes.Parts parts =
          new VitShapes.Parts(
              false,
              false,
              name ->
                  VitShapes.Parts.META.present().test(name)
                      && !name.endsWith("k_proj.bias")
                      && !name.equals(VitShapes.PERIODS));
      return VitShapes.all(config, parts);
    }

    private static String stored(String name) {
      return new VitNames("", VitNames.Dialect.DINOV3_HUGGING_FACE, Set.of()).stored(name);
    }

    @Override
    public Map<String, TensorInfo> entries() {
      Map<String, TensorInfo> entries = new LinkedHashMap<>();
      shapes()
          .forEach(
              (name, shape) ->
                  entries.put(stored(name), new TensorInfo(stored(name), DType.F32, shape)));
      return entries;
    }

    @Override
    public Tensor load(String name) {
      String ours =
          shapes().keySet().stream().filter(n -> stored(n).equals(name)).findFirst().orElseThrow();
      for (int part = 0; part < QUERIES_KEYS_VALUES.size(); part++) {
        String fused = ours.replace(QUERIES_KEYS_VALUES.get(part), "qkv");
        if (!fused.equals(ours)) {
          return meta.loadRows(fused, (long) part * config.width(), config.width());
        }
      }
      return meta.load(ours);
    }

    @Override
    public Tensor loadRows(String name, long from, long count) {
      return load(name).narrow(0, from, count).contiguous();
    }

    @Override
    public String source() {
      return meta.source();
    }

    @Override
    public Map<String, String> metadata() {
      return Map.of();
    }

    @Override
    public void close() {
      meta.close();
    }
  }
}
