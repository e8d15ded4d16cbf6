package org.tiltlens.vision;

import java.util.List;
import java.util.Optional;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Device;

/** The vision transformers of DINOv3, by Meta's and by Hugging Face's names. */
final class DinoVitFamily implements Family {
  @Override
  public List<String> landmarks() {
    return List.of(VitNames.META_STEM, VitNames.HUGGING_FACE_STEM);
  }

  @Override
  public Optional<Recognised> in(TensorStore onePart, Beside beside) {
    return VitNames.in(onePart)
        .map(
            names -> {
              VitSettings settings = VitSettings.of(beside.config(), onePart.metadata());
              return new Found(
                  onePart,
                  names,
                  settings,
                  VitRecognition.config(onePart, names, settings.heads()));
            });
  }

  private record Found(TensorStore store, VitNames names, VitSettings settings, VitConfig config)
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
      return DinoVit.part(store, names, config, Optional.empty()).leftOut(store);
    }

    @Override
    public Preprocessing preprocessing() {
      return Preprocessing.DEFAULT;
    }

    @Override
    public PooledModel open(Device device, Normalisation normalisation, Optional<HookPoint> last) {
      return DinoVit.open(store, settings, device, normalisation, last);
    }
  }
}
