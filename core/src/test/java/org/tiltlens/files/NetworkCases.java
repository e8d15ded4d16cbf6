package org.tiltlens.files;

import static org.tiltlens.files.FileCase.read;
import static org.tiltlens.files.FileCase.refused;
import static org.tiltlens.files.FileCases.golden;
import static org.tiltlens.files.FileCases.renamed;
import static org.tiltlens.files.FileCases.resource;
import static org.tiltlens.files.FileCases.saved;
import static org.tiltlens.files.FileCases.stored;
import static org.tiltlens.files.FileCases.there;
import static org.tiltlens.files.Group.NETWORK;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.DType;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Vision models; what is taken for one is in {@link ForeignNetworkCases}. */
final class NetworkCases {
  private static final String CONVNEXT = "dinov3_convnext.safetensors";
  private static final String VIT = "dinov3_vit_mlp.safetensors";

  private NetworkCases() {}

  static List<FileCase> all() {
    List<FileCase> cases = new ArrayList<>();
    cases.addAll(networks());
    cases.addAll(training());
    cases.addAll(ForeignNetworkCases.files());
    cases.addAll(changed());
    cases.addAll(families());
    cases.addAll(ForeignNetworkCases.folders());
    return cases;
  }

  private static List<FileCase> networks() {
    return List.of(
        read(
            NETWORK,
            "DINOv3 ConvNeXt as Meta stores it",
            "DINOv3 ConvNeXt",
            golden("dinov3_convnext.pth")),
        read(
            NETWORK,
            "the same, saved before PyTorch 1.6",
            "DINOv3 ConvNeXt",
            golden("dinov3_convnext_legacy.pth")),
        read(
            NETWORK,
            "the same from Hugging Face, a folder",
            "DINOv3 ConvNeXt",
            golden("dinov3_convnext_hf")),
        read(NETWORK, "DINOv3 ViT as Meta stores it", "DINOv3 ViT", golden("dinov3_vit_mlp.pth")),
        read(
            NETWORK,
            "the same from Hugging Face, a folder",
            "DINOv3 ViT",
            golden("dinov3_vit_mlp_hf")),
        read(
            NETWORK,
            "DINOv3 ViT with SwiGLU from Hugging Face",
            "DINOv3 ViT",
            golden("dinov3_vit_swiglu_hf")),
        read(
            NETWORK,
            "any network that TorchScript exported",
            "TorchScript network",
            there(Path.of("src/test/resources/torchscript/grey.pt"))));
  }

  /** By the names of their libraries; what they compute is held to numbers elsewhere. */
  private static List<FileCase> families() {
    return List.of(
        read(NETWORK, "DINOv2, Meta's names", "DINOv2 ViT/14", resource("vits/dinov2.safetensors")),
        read(
            NETWORK,
            "DINOv2 with registers, SwiGLU",
            "DINOv2 ViT/4",
            resource("vits/dinov2_registers.safetensors")),
        read(
            NETWORK,
            "the same from Hugging Face",
            "DINOv2 ViT/4",
            resource("vits/dinov2_registers_hf.safetensors")),
        read(
            NETWORK,
            "the same from timm",
            "DINOv2 ViT/4",
            resource("vits/dinov2_registers_timm.safetensors")),
        read(
            NETWORK,
            "a supervised ViT, timm's and the original's names",
            "ViT/4",
            resource("vits/vit.safetensors")),
        read(NETWORK, "the same from Hugging Face", "ViT/4", resource("vits/vit_hf.safetensors")),
        read(
            NETWORK,
            "the same from torchvision",
            "ViT/4",
            resource("vits/vit_torchvision.safetensors")),
        read(NETWORK, "DeiT", "DeiT", resource("vits/deit.safetensors")),
        read(
            NETWORK,
            "CLIP's image tower, OpenAI's and OpenCLIP's names",
            "CLIP ViT/4",
            resource("vits/clip_openai.safetensors")),
        read(
            NETWORK,
            "the same from Hugging Face",
            "CLIP ViT/4",
            resource("vits/clip_hf.safetensors")),
        read(NETWORK, "the same from timm", "CLIP ViT/4", resource("vits/clip_timm.safetensors")),
        read(
            NETWORK,
            "SigLIP's image tower from Hugging Face",
            "SigLIP ViT/4",
            resource("vits/siglip_hf.safetensors")),
        read(
            NETWORK,
            "the same from timm",
            "SigLIP ViT/4",
            resource("vits/siglip_timm.safetensors")),
        read(
            NETWORK,
            "a ResNet or ResNeXt, torchvision's and timm's names",
            "ResNeXt",
            resource("convolutional/resnext.safetensors")),
        read(
            NETWORK,
            "ResNet-D: a deep stem, averaged shortcuts",
            "ResNet",
            resource("convolutional/deep.safetensors")),
        read(
            NETWORK,
            "a ResNet for CIFAR of akamaster, legacy `.th`",
            "ResNet",
            resource("convolutional/cifar.th")),
        read(
            NETWORK,
            "ConvNeXt-V2",
            "ConvNeXt-V2",
            resource("convolutional/convnext_v2.safetensors")));
  }

  private static List<FileCase> training() {
    return List.of(
        read(NETWORK, "float16", "DINOv3 ConvNeXt", stored(CONVNEXT, DType.F16)),
        read(NETWORK, "bfloat16", "DINOv3 ViT", stored(VIT, DType.BF16)),
        read(NETWORK, "float64", "DINOv3 ViT", stored(VIT, DType.F64)),
        read(
            NETWORK,
            "names that begin with `module.` or `_orig_mod.`",
            "DINOv3 ConvNeXt",
            renamed(CONVNEXT, name -> "_orig_mod.module." + name, Map.of())),
        read(
            NETWORK,
            "names with `_orig_mod.` inside",
            "DINOv3 ViT",
            renamed(
                VIT,
                name -> name.replaceFirst("(^|\\.)blocks\\.", "$1blocks._orig_mod."),
                Map.of())),
        read(
            NETWORK,
            "chunks of blocks, as FSDP names them",
            "DINOv3 ViT",
            renamed(VIT, name -> name.replaceFirst("(^|\\.)blocks\\.", "$1blocks.0."), Map.of())),
        read(
            NETWORK,
            "under `state_dict`, `model`, `teacher.backbone`, ..",
            "DINOv3 ConvNeXt",
            renamed(CONVNEXT, name -> "teacher.backbone." + name, Map.of())),
        read(
            NETWORK,
            "a moving average beside the weights",
            "DINOv3 ConvNeXt",
            NetworkCases::withAverage),
        read(
            NETWORK,
            "a classifier's head beside the network",
            "supervised ConvNeXt",
            NetworkCases::withHead),
        read(
            NETWORK,
            "a self-supervised training's projector, predictor, prototypes, .. beside the network",
            "DINOv3 ViT",
            with(golden(VIT), "model.projector.0.weight", 2)),
        read(
            NETWORK,
            "a tensor that is not needed, of complex numbers",
            "DINOv3 ConvNeXt",
            NetworkCases::withOddNumbers),
        read(
            NETWORK,
            "an `argparse.Namespace` beside the weights",
            "DINOv3 ConvNeXt",
            saved(
                CONVNEXT,
                "checkpoint.pth",
                "X\4\0\0\0argscargparse\nNamespace\n)\u0081}X\2\0\0\0lrK\1sb")),
        refused(
            NETWORK,
            "a pickled function of `os`, `subprocess`, ..",
            "with which Python would run programs: do not trust this file",
            saved(CONVNEXT, "checkpoint.pth", "X\4\0\0\0argscos\nsystem\n)R")));
  }

  private static Path withAverage(Path folder) throws IOException {
    try (Scope scope = Scope.open()) {
      return renamed(
              CONVNEXT,
              name -> "model_ema." + name,
              Map.of("model.downsample_layers.0.0.weight", Tensors.zeros(16, 3, 4, 4)))
          .make(folder);
    }
  }

  private static Path withHead(Path folder) throws IOException {
    try (Scope scope = Scope.open()) {
      return renamed(
              CONVNEXT,
              name -> name,
              Map.of(
                  "model.head.weight", Tensors.zeros(2, 64), "model.head.bias", Tensors.zeros(2)))
          .make(folder);
    }
  }

  /** Beside the network's own tensors, one of a type that is not read. */
  private static Path withOddNumbers(Path folder) throws IOException {
    try (Scope scope = Scope.open()) {
      Path file =
          renamed(
                  CONVNEXT,
                  UnaryOperator.identity(),
                  Map.of("model.freqs_cis", Tensors.doubles(new double[4], 4)))
              .make(folder);
      String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
      String complex = bytes.replace("\"dtype\":\"F64\"", "\"dtype\":\"C64\"");
      return Files.writeString(file, complex, StandardCharsets.ISO_8859_1);
    }
  }

  /** Networks that have the names of ours and compute something else. */
  private static List<FileCase> changed() {
    return List.of(
        refused(
            NETWORK,
            "a checkpoint with tensors of LoRA in it",
            "holds tensors of LoRA ('model.blocks.0.attn.qkv.lora_A.weight'), which change the"
                + " weights: merge them first",
            with(golden(VIT), "model.blocks.0.attn.qkv.lora_A.weight", 2)),
        refused(
            NETWORK,
            "a ViT with norms of queries and keys",
            "holds norms of queries and keys ('model.blocks.0.attn.q_norm.weight')",
            with(golden(VIT), "model.blocks.0.attn.q_norm.weight", 2)),
        refused(
            NETWORK,
            "the ResNet of DeepLab or FCN",
            "holds the ResNet of a segmentation network ('classifier.0.convs.0.0.weight'; DeepLab,",
            with(resource("convolutional/deep.safetensors"), "classifier.0.convs.0.0.weight", 2)),
        refused(
            NETWORK,
            "weights of whole numbers (int8 and the like)",
            "of whole numbers, quantised weights that are not read (give the unquantised"
                + " checkpoint)",
            typed("I16")),
        refused(
            NETWORK,
            "several networks of which none is usual",
            "holds several vision networks, under ['b.', 'a.']: choose one by",
            NetworkCases::twice));
  }

  /** A checkpoint with one tensor more, of so many zeros. */
  private static FileCase.InFolder with(FileCase.InFolder file, String name, int size) {
    return folder -> {
      Path with = folder.resolve("model.safetensors");
      try (Scope scope = Scope.open();
          TensorStore store = Checkpoints.open(file.make(folder))) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        store.entries().keySet().forEach(key -> tensors.put(key, store.load(key)));
        tensors.put(name, Tensors.zeros(size));
        SafetensorsWriter.write(with, tensors, Map.of());
      }
      return with;
    };
  }

  /** The bytes of float16 under the name of another type of two bytes. */
  private static FileCase.InFolder typed(String type) {
    return folder -> {
      Path file = stored(VIT, DType.F16).make(folder);
      String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
      String other = bytes.replace("\"dtype\":\"F16\"", "\"dtype\":\"" + type + "\"");
      return Files.writeString(file, other, StandardCharsets.ISO_8859_1);
    };
  }

  private static Path twice(Path folder) throws IOException {
    try (Scope scope = Scope.open()) {
      return renamed(
              VIT,
              name -> name.replace("model.", "a."),
              Map.of("b.patch_embed.proj.weight", Tensors.zeros(1)))
          .make(folder);
    }
  }
}
