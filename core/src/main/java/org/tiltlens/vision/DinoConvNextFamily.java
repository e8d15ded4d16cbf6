package org.tiltlens.vision;

import java.util.List;
import java.util.Optional;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Device;

/** The ConvNeXts of DINOv3, by Meta's and by Hugging Face's names. */
final class DinoConvNextFamily implements Family {
  @Override
  public List<String> landmarks() {
    return List.of(ConvNextNames.META_STEM, ConvNextNames.HUGGING_FACE_STEM);
  }

  @Override
  public Optional<Recognised> in(TensorStore onePart, Beside beside) {
    return ConvNextNames.in(onePart)
        .flatMap(
            names ->
                ConvNextConfig.recognise(onePart, names)
                    .map(config -> new Found(onePart, names, config)));
  }

  private record Found(TensorStore store, ConvNextNames names, ConvNextConfig config)
      implements Recognised {
    @Override
    public String describe() {
      return config.describe();
    }

    @Override
    public String prefix() {
      return names.prefix();
    }

    @Override
    public List<String> leftOut() {
      return DinoConvNext.part(names, config, Optional.empty()).leftOut(store);
    }

    @Override
    public Preprocessing preprocessing() {
      return Preprocessing.DEFAULT;
    }

    @Override
    public PooledModel open(Device device, Normalisation normalisation, Optional<HookPoint> last) {
      return DinoConvNext.open(store, device, normalisation, last);
    }
  }
}
