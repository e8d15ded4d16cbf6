package org.tiltlens.vision;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.residual.ResNetNames;
import org.tiltlens.residual.ResNetReader;
import org.tiltlens.residual.ResNetStem;
import org.tiltlens.torch.Device;

/** ResNets by torchvision's, timm's and Hugging Face's names, those for CIFAR among them. */
final class ResNetFamily implements Family {
  @Override
  public List<String> landmarks() {
    return List.of(ResNetNames.TORCHVISION, ResNetNames.HUGGING_FACE);
  }

  @Override
  public Optional<Recognised> in(TensorStore onePart, Beside beside) {
    return ResNetNames.in(onePart)
        .filter(names -> !OtherNetworks.isOtherResNet(onePart, names.prefix()))
        .map(names -> found(onePart, names, beside.configuration()));
  }

  private static Recognised found(TensorStore store, ResNetNames names, JsonNode config) {
    OtherNetworks.requireNoSegmentation(store);
    requireReLU(store, config);
    int firstStride = config.path("downsample_in_first_stage").asBoolean() ? 2 : 1;
    boolean stridesEarly = config.path("downsample_in_bottleneck").asBoolean();
    names.stem(store).forEach(pair -> requireBatchNorm(store, names, pair.norm()));
    ResNetReader reader = new ResNetReader(store, names, firstStride, stridesEarly);
    ResNetStem stem = reader.stem();
    return new Found(store, names, new ResNetConfig(stem, reader.layers(stem)));
  }

  private static void requireBatchNorm(TensorStore store, ResNetNames names, String norm) {
    for (String part : List.of(".weight", ".running_var")) {
      if (!names.has(store, norm + part)) {
        throw new CheckpointException(
            "%s: there is no tensor '%s', so that its stem has no batch norm, as %s have none: %s"
                .formatted(
                    store.source(),
                    names.stored(norm + part),
                    part.equals(".weight") ? "pre-activation ResNets" : "ResNets with group norm",
                    OtherNetworks.INSTEAD));
      }
    }
  }

  private static void requireReLU(TensorStore store, JsonNode config) {
    String activation = config.path("hidden_act").asText("relu");
    if (!activation.equals("relu")) {
      throw new CheckpointException(
          "%s: a ResNet with hidden_act %s, expected relu: %s"
              .formatted(store.source(), activation, OtherNetworks.INSTEAD));
    }
  }

  private record Found(TensorStore store, ResNetNames names, ResNetConfig config)
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
      return ResNet.part(names.prefix(), config, Optional.empty()).leftOut(store);
    }

    @Override
    public List<BlockGroup> blocks() {
      return config.groups();
    }

    @Override
    public Preprocessing preprocessing() {
      return Preprocessing.DEFAULT;
    }

    @Override
    public PooledModel open(Device device, Normalisation normalisation, Optional<HookPoint> last) {
      return ResNet.open(store, names.prefix(), config, device, normalisation, last);
    }
  }
}
