package org.tiltlens.files;

import static org.tiltlens.files.FileCase.read;
import static org.tiltlens.files.FileCase.refused;
import static org.tiltlens.files.FileCases.cut;
import static org.tiltlens.files.FileCases.golden;
import static org.tiltlens.files.FileCases.renamed;
import static org.tiltlens.files.FileCases.resource;
import static org.tiltlens.files.FileCases.stored;
import static org.tiltlens.files.FileCases.there;
import static org.tiltlens.files.Group.PRIOR;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.tiltlens.checkpoint.DType;
import org.tiltlens.fixture.StableDiffusionFiles;
import org.tiltlens.fixture.StableDiffusionSizes;
import org.tiltlens.golden.LatentGoldens;
import org.tiltlens.unet.LatentFiles;

/** Diffusion models. */
final class PriorCases {
  private static final String ADM = "adm_unet.safetensors";

  private PriorCases() {}

  static List<FileCase> all() {
    return List.of(
        read(PRIOR, "guided-diffusion (ADM)", "ADM UNet", golden(ADM)),
        read(
            PRIOR,
            "its new order of attention",
            "ADM UNet",
            golden("adm_unet_new_attention_order.safetensors")),
        read(
            PRIOR,
            "a diffusers folder with a UNet2DModel",
            "diffusers UNet2DModel",
            resource("diffusers/ddpm")),
        read(PRIOR, "float16", "ADM UNet", stored(ADM, DType.F16)),
        read(
            PRIOR,
            "names that begin with `module.`",
            "ADM UNet",
            renamed(ADM, name -> "module." + name, Map.of())),
        read(
            PRIOR,
            "names that begin with `model.diffusion_model.` (latent diffusion's)",
            "ADM UNet",
            renamed(ADM, name -> "model.diffusion_model." + name, Map.of())),
        read(
            PRIOR,
            "a diffusers pipeline of latents: a UNet2DModel and an AutoencoderKL",
            "8 x 8 latents, decoded by an AutoencoderKL",
            LatentFiles::pipeline),
        read(
            PRIOR,
            "a checkpoint of latent diffusion that is told no text, with its AutoencoderKL",
            "latent diffusion of ADM UNet",
            folder -> LatentFiles.checkpoint(folder, 0.18215)),
        read(
            PRIOR,
            "a diffusers pipeline that is told a text (Stable Diffusion 1 and 2)",
            "diffusers UNet2DConditionModel of 16 x 16 latents",
            folder -> StableDiffusionFiles.pipeline(folder, StableDiffusionSizes.TINY, DType.F16)),
        refused(
            PRIOR,
            "the UNet of a checkpoint that is told a text (Stable Diffusion), alone",
            "give the whole model, which holds its text encoder",
            there(LatentGoldens.file("ldm_unet_cond.safetensors"))),
        refused(
            PRIOR,
            "a diffusers pipeline with two text encoders (Stable Diffusion XL)",
            "told a text by two encoders (Stable Diffusion XL), which is not read",
            PriorCases::ofTwoEncoders),
        refused(
            PRIOR,
            "an autoencoder of latents alone",
            "give the whole model",
            there(LatentGoldens.file("vae_kl_diffusers/diffusion_pytorch_model.safetensors"))),
        refused(
            PRIOR,
            "a download that broke off",
            "not a sound zip file: it has no end-of-directory record (cut short?)",
            cut(golden("adm_unet.pt"), 1, 2)));
  }

  private static Path ofTwoEncoders(Path folder) throws IOException {
    StableDiffusionFiles.pipeline(folder, StableDiffusionSizes.TINY, DType.F16);
    Path index = folder.resolve("model_index.json");
    String second = "\"text_encoder_2\": [\"transformers\", \"CLIPTextModelWithProjection\"],";
    Files.writeString(index, Files.readString(index).replaceFirst("\\{", "{" + second));
    return folder;
  }
}
