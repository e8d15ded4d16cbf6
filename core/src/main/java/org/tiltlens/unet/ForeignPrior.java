package org.tiltlens.unet;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorStore;

/**
 * A diffusion model that is not read, told by the names of its tensors.
 *
 * @param what it is, in a few words
 * @param way out, in a few more
 */
public record ForeignPrior(String what, String way) {
  private static final String FLOW = "flow matching is not read";
  private static final String TEXT =
      "give the whole model, which holds its text encoder and its autoencoder too";
  private static final String OTHERS = "of those told a text Stable Diffusion 1 and 2 are read";
  private static final String WHOLE =
      "give the whole model, which holds its UNet, its autoencoder and their settings";
  private static final String OWN =
      "or give it to the library as a Denoiser of your own (docs/library.md)";

  /**
   * One kind.
   *
   * @param mark the name of a tensor that it has and none before it in the list; any prefix may
   *     stand before it
   */
  private record Kind(Pattern mark, ForeignPrior prior) {
    static Kind of(String mark, String what, String way) {
      return new Kind(Pattern.compile("(.*\\.)?" + mark), new ForeignPrior(what, way));
    }
  }

  private static final List<Kind> KINDS =
      List.of(
          Kind.of(
              "(double_blocks|single_transformer_blocks)\\.0\\..*",
              "a Flux transformer, which predicts a flow of latents",
              FLOW),
          Kind.of(
              "joint_blocks\\.0\\..*",
              "a transformer of Stable Diffusion 3, which predicts a flow of latents",
              FLOW),
          Kind.of(
              "blocks\\.0\\.adaLN_modulation\\.1\\.weight",
              "a diffusion transformer, mostly of latents",
              "give a folder that holds it, of DiT's names, and its autoencoder, a diffusers"
                  + " AutoencoderKL, in a folder vae"),
          Kind.of(
              "conditioner\\.embedders\\.[01]\\..*",
              "a checkpoint of Stable Diffusion XL, which is told a text by two encoders",
              OTHERS),
          Kind.of(
              "cond_stage_model\\.model\\.(transformer|ln_final)\\..*",
              "a checkpoint of Stable Diffusion 2 in one file, whose text encoder has OpenCLIP's"
                  + " names",
              "give its folder of diffusers, which is read"),
          Kind.of(
              "lora_(unet|te)_.*|(unet|text_encoder)\\..*\\.lora[._].*",
              "a LoRA, which changes another model",
              "fuse it in Python (pipe.fuse_lora(), pipe.save_pretrained(...)) and give that"
                  + " folder"),
          Kind.of(
              "input_blocks\\.\\d+\\.1\\.transformer_blocks\\..*",
              "a text-conditional network of latents (Stable Diffusion and its kin)",
              TEXT),
          Kind.of(
              "down_blocks\\.\\d+\\.attentions\\.\\d+\\.transformer_blocks\\..*",
              "a text-conditional network of latents of diffusers (UNet2DConditionModel)",
              TEXT),
          Kind.of(
              "first_stage_model\\..*", "a latent diffusion model, with its autoencoder", WHOLE),
          Kind.of(
              "encoder\\.(down_blocks|down)\\.0\\..*conv1\\.weight",
              "an autoencoder of latents",
              WHOLE),
          Kind.of(
              "down_blocks\\.0\\.resnets\\.0\\.conv1\\.weight",
              "a file of a diffusers folder",
              "give the folder itself, which holds config.json and scheduler_config.json too"),
          Kind.of("u_net\\.d_blocks\\.0\\..*", "a network of k-diffusion", OWN),
          Kind.of("all_modules\\.0\\..*", "a network of score_sde", OWN),
          Kind.of(
              "downs\\.0\\.0\\.(block1|mlp)\\..*", "a network of denoising-diffusion-pytorch", OWN),
          Kind.of(
              "temb\\.dense\\.0\\.weight",
              "a network of pytorch_diffusion or DDIM, which diffusers' scripts convert",
              OWN));

  /** The model in a checkpoint; empty if nothing is known of it. */
  public static Optional<ForeignPrior> in(TensorStore store) {
    return KINDS.stream()
        .filter(kind -> store.entries().keySet().stream().anyMatch(kind.mark.asMatchPredicate()))
        .map(Kind::prior)
        .findFirst();
  }

  /** Why it cannot be a prior, as one line. */
  public CheckpointException refusal(String source) {
    return new CheckpointException(
        ("%s is %s, expected a prior of pixels, or of latents with their decoder: an ADM"
                + " checkpoint (guided-diffusion), a whole checkpoint of latent diffusion or a"
                + " diffusers folder; %s")
            .formatted(source, what, way));
  }
}
