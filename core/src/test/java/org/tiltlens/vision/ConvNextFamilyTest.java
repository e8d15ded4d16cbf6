package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiltlens.golden.Goldens.assertClose;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.Goldens;
import org.tiltlens.golden.MemoryStore;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.ConvNextNames.Dialect;

/** One network by the names of many; PyTorch's numbers of it are in {@link ConvNextGoldenTest}. */
@Tag("golden")
class ConvNextFamilyTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Recognised recognise(TensorStore store) {
    return recognise(store, "{}");
  }

  private static Recognised recognise(TensorStore store, String config) {
    Beside beside = new Beside(Optional.of(config), Optional.empty(), Map.of());
    return new ConvNextFamily().in(store, beside).orElseThrow();
  }

  private static PooledModel open(Recognised found) {
    return found.open(Device.CPU, Normalisation.IMAGENET, Optional.empty());
  }

  private static TensorStore golden() {
    return Goldens.open("dinov3_convnext.pth");
  }

  /** The golden network without the second name of its last norm, which only DINOv3 has. */
  private static MemoryStore plain(UnaryOperator<String> name) {
    return Copies.renamed(golden(), n -> n.startsWith("norms.") ? null : name.apply(n));
  }

  /** As the library would write it: with its shapes of layer scales, and 1 x 1 convolutions. */
  private static MemoryStore as(Dialect dialect, String prefix) {
    ConvNextNames names = new ConvNextNames(prefix, dialect);
    return Copies.renamed(
        golden(),
        name -> name.startsWith("norms.") ? null : names.stored(name),
        (name, shape) -> {
          boolean convolution = dialect == Dialect.TIMM && name.matches(".*mlp\\.fc\\d\\.weight");
          if (name.endsWith("layer_scale") || convolution) {
            return Stream.concat(shape.stream(), Stream.of(1L, 1L)).toList();
          }
          return shape;
        });
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void theSameWeightsByOtherNamesGiveTheSameBits(Dialect dialect) {
    MemoryStore store = as(dialect, "model.");
    Tensor images = Noise.normal(3, 0, 0, 2, 3, 64, 48);
    // Hugging Face's supervised ones have another epsilon in their last norm.
    try (PooledModel expected = ConvNext.open(golden(), Device.CPU);
        PooledModel model = open(recognise(store, "{\"layer_norm_eps\": 1e-6}"))) {
      PooledModel.Summed one = expected.summed(images, expected.hookPoints());
      PooledModel.Summed other = model.summed(images, model.hookPoints());
      assertThat(model.hookPoints()).isEqualTo(expected.hookPoints());
      for (int i = 0; i < model.hookPoints().size(); i++) {
        String name = model.hookPoints().get(i).toString();
        assertClose(other.activations().get(i), one.activations().get(i), 0, name);
      }
      assertClose(other.vectors(), one.vectors(), 0, "vectors");
    }
    assertThat(recognise(store).prefix()).isEqualTo("model.");
    assertThat(recognise(store).leftOut()).isEmpty();
  }

  /** Names written out, as the libraries have them. */
  @ParameterizedTest
  @CsvSource({
    "TIMM, downsample_layers.0.0.weight, stem.0.weight",
    "TIMM, downsample_layers.2.1.bias, stages.2.downsample.1.bias",
    "TIMM, stages.2.11.dwconv.weight, stages.2.blocks.11.conv_dw.weight",
    "TIMM, stages.0.1.pwconv2.bias, stages.0.blocks.1.mlp.fc2.bias",
    "TIMM, stages.0.1.gamma, stages.0.blocks.1.gamma",
    "TIMM, stages.0.1.grn.beta, stages.0.blocks.1.mlp.grn.bias",
    "TIMM, norm.weight, head.norm.weight",
    "TORCHVISION, downsample_layers.0.1.weight, features.0.1.weight",
    "TORCHVISION, downsample_layers.3.0.weight, features.6.0.weight",
    "TORCHVISION, stages.3.2.norm.bias, features.7.2.block.2.bias",
    "TORCHVISION, stages.3.2.pwconv1.bias, features.7.2.block.3.bias",
    "TORCHVISION, stages.3.2.pwconv2.bias, features.7.2.block.5.bias",
    "TORCHVISION, stages.3.2.gamma, features.7.2.layer_scale",
    "TORCHVISION, norm.bias, classifier.0.bias",
    "HUGGING_FACE, downsample_layers.0.0.bias, embeddings.patch_embeddings.bias",
    "HUGGING_FACE, downsample_layers.0.1.bias, embeddings.layernorm.bias",
    "HUGGING_FACE, downsample_layers.1.1.bias, encoder.stages.1.downsampling_layer.1.bias",
    "HUGGING_FACE, stages.1.2.norm.bias, encoder.stages.1.layers.2.layernorm.bias",
    "HUGGING_FACE, stages.1.2.gamma, encoder.stages.1.layers.2.layer_scale_parameter",
    "HUGGING_FACE, stages.1.2.grn.gamma, encoder.stages.1.layers.2.grn.weight",
    "HUGGING_FACE, norm.weight, layernorm.weight",
  })
  void namesAreThoseOfTheLibraries(Dialect dialect, String ours, String theirs) {
    assertThat(new ConvNextNames("", dialect).stored(ours)).isEqualTo(theirs);
  }

  @Test
  void whatTellsTheOriginIsSaid() {
    String shape = ", depths 2,2,3,2, channels 8,16,32,64";
    assertThat(recognise(golden()).describe()).isEqualTo("DINOv3 ConvNeXt" + shape);
    assertThat(recognise(plain(name -> name)).describe())
        .isEqualTo("ConvNeXt (DINOv3's or supervised: same names)" + shape);
    assertThat(recognise(headed(plain(name -> name), "head.weight")).describe())
        .isEqualTo("supervised ConvNeXt" + shape);
    assertThat(recognise(headed(Copies.renamed(golden(), n -> n), "head.weight")).describe())
        .isEqualTo("supervised ConvNeXt" + shape);
    assertThat(recognise(headed(as(Dialect.TIMM, ""), "head.fc.weight")).describe())
        .isEqualTo("supervised ConvNeXt" + shape);
    assertThat(recognise(as(Dialect.TIMM, "")).describe())
        .isEqualTo("ConvNeXt (DINOv3's or supervised: same names)" + shape);
    String dinov3 =
        "{\"architecture\": \"convnext_tiny\", \"pretrained_cfg\": {\"tag\": \"dinov3_lvd1689m\"}}";
    assertThat(recognise(as(Dialect.TIMM, ""), dinov3).describe())
        .isEqualTo("DINOv3 ConvNeXt" + shape);
    assertThat(recognise(as(Dialect.HUGGING_FACE_DINOV3, "")).describe())
        .isEqualTo("DINOv3 ConvNeXt" + shape);
    assertThat(recognise(as(Dialect.HUGGING_FACE, "convnext.")).describe())
        .isEqualTo("supervised ConvNeXt" + shape);
    Recognised clip = recognise(as(Dialect.TIMM, "visual.trunk."));
    assertThat(clip.describe()).isEqualTo("CLIP's ConvNeXt" + shape);
    assertThat(clip.preprocessing()).isEqualTo(ImagePreset.CLIP.images());
  }

  private static MemoryStore headed(MemoryStore store, String head) {
    return store.putRandom(head, "head", List.of(3L, 64L));
  }

  @Test
  void headsAreLeftOut() {
    MemoryStore store = headed(as(Dialect.TIMM, "model."), "model.head.fc.weight");
    assertThat(recognise(store).leftOut()).containsExactly("model.head.fc.weight");
    MemoryStore torchvision = headed(as(Dialect.TORCHVISION, ""), "classifier.2.weight");
    assertThat(recognise(torchvision).leftOut()).containsExactly("classifier.2.weight");
    Tensor images = Noise.normal(3, 0, 0, 1, 3, 32, 32);
    try (PooledModel model = open(recognise(torchvision))) {
      assertThat(Tensors.shape(model.pooled(images))).containsExactly(1, 64);
    }
  }

  /** Global response norms in place of layer scales. */
  @Test
  void numbersOfConvNextV2AreThoseOfPytorch() {
    try (TensorStore store = ConvolutionalNumbers.open("convnext_v2.safetensors")) {
      MemoryStore network = Copies.renamed(store, name -> name.startsWith("model.") ? name : null);
      try (PooledModel model = open(recognise(network))) {
        ConvolutionalNumbers.requireOf(model, store);
        assertThat(model.describe()).isEqualTo("ConvNeXt-V2, depths 1,2, channels 4,6");
      }
      ConvNextNames timm = new ConvNextNames("model.", Dialect.TIMM);
      MemoryStore renamed =
          Copies.renamed(
              network,
              name ->
                  name.startsWith("model.head")
                      ? null
                      : timm.stored(name.substring("model.".length())),
              (name, shape) -> name.contains("grn") ? shape.subList(3, 4) : shape);
      try (PooledModel model = open(recognise(network));
          PooledModel other = open(recognise(renamed))) {
        Tensor images = store.load("input");
        assertClose(other.pooled(images), model.pooled(images), 0, "pooled");
      }
    }
  }

  /** {@code ls_init_value=None} of timm: what a scale of 1 gives. */
  @Test
  void blocksMayHaveNoLayerScale() {
    MemoryStore without = plain(name -> name.endsWith(".gamma") ? null : name);
    MemoryStore ones = plain(name -> name);
    for (String name : ones.entries().keySet().stream().filter(n -> n.endsWith("gamma")).toList()) {
      float[] scale = new float[Math.toIntExact(ones.entries().get(name).shape().get(0))];
      Arrays.fill(scale, 1);
      ones.put(name, scale, (long) scale.length);
    }
    Tensor images = Noise.normal(3, 0, 0, 1, 3, 32, 32);
    try (PooledModel expected = open(recognise(ones));
        PooledModel model = open(recognise(without))) {
      assertClose(model.pooled(images), expected.pooled(images), 0, "pooled");
    }
  }

  @Test
  void overlappingStemsAreRefusedWithTheReason() {
    MemoryStore store = as(Dialect.TIMM, "");
    store.putRandom("stem.0.weight", "stem", List.of(8L, 3L, 3L, 3L));
    assertThatThrownBy(() -> recognise(store))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("memory: tensor 'stem.0.weight' is [8, 3, 3, 3]: a ConvNeXt whose")
        .hasMessageEndingWith(OtherNetworks.INSTEAD);
  }

  @Test
  void aTensorOfAnotherShapeIsNamedAsItIsStored() {
    MemoryStore store = as(Dialect.TORCHVISION, "");
    store.putRandom("features.3.1.layer_scale", "scale", List.of(8L, 1L, 1L));
    assertThatThrownBy(() -> recognise(store).leftOut())
        .hasMessage(
            "memory does not fit the network: 1 of another shape: features.3.1.layer_scale is"
                + " [8, 1, 1], needs [16]");
  }
}
