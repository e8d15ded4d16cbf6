package org.tiltlens.unet;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;

/** Finds the tensors of an {@link AutoencoderKl}, whoever named them. */
final class AutoencoderNames {
  /** A tensor that each has under either name; what stands before it is its prefix. */
  private static final String LANDMARK = "decoder.conv_in.weight";

  /** Of its training, and averages of its weights. */
  private static final List<String> IGNORABLE = List.of("loss\\..*", "model_ema\\..*");

  private static final Pattern LEVEL =
      Pattern.compile("(en|de)coder\\.(down|up)_blocks\\.(\\d+)\\.");

  private AutoencoderNames() {}

  /** The prefixes of those in a checkpoint; latent diffusion's is {@code first_stage_model.}. */
  static Parts parts(TensorStore store) {
    return Parts.of(store, LANDMARK);
  }

  /**
   * The one in a checkpoint, by diffusers' names.
   *
   * @throws CheckpointException if there is none, or one of another kind; one line
   */
  static StoredNetwork in(TensorStore store) {
    Parts parts = parts(store);
    if (parts.prefixes().isEmpty()) {
      throw new CheckpointException(
          "%s holds no autoencoder of latents: expected a tensor '%s', with or without a prefix"
              .formatted(store.source(), LANDMARK));
    }
    TensorStore own = store.under(parts.usual("autoencoders", Parts.OF_PRIOR));
    if (own.entries().containsKey("quantize.embedding.weight")) {
      throw new CheckpointException(
          ("%s is an autoencoder of a codebook (VQ), through which no gradient goes: expected one"
                  + " of a normal distribution (AutoencoderKL)")
              .formatted(own.source()));
    }
    boolean compVis = own.entries().containsKey("encoder.down.0.block.0.conv1.weight");
    return new StoredNetwork(own, compVis ? compVis(own) : diffusers(own), IGNORABLE);
  }

  /** Attention was called otherwise until diffusers 0.12. */
  static UnaryOperator<String> diffusers(TensorStore store) {
    return name -> {
      String old =
          name.replace(".to_q.", ".query.")
              .replace(".to_k.", ".key.")
              .replace(".to_v.", ".value.")
              .replace(".to_out.0.", ".proj_attn.");
      return store.entries().containsKey(old) ? old : name;
    };
  }

  /** Latent diffusion's: up levels count from the finest. */
  private static UnaryOperator<String> compVis(TensorStore store) {
    int levels = 0;
    while (store.entries().containsKey("decoder.up." + levels + ".block.0.conv1.weight")) {
      levels++;
    }
    int last = levels - 1;
    return name -> {
      String own = level(name, last).replace("conv_norm_out", "norm_out");
      own =
          own.replace(".resnets.", ".block.")
              .replace(".downsamplers.0.", ".downsample.")
              .replace(".upsamplers.0.", ".upsample.")
              .replace(".mid_block.block.0.", ".mid.block_1.")
              .replace(".mid_block.block.1.", ".mid.block_2.")
              .replace(".mid_block.attentions.0.", ".mid.attn_1.")
              .replace(".attentions.", ".attn.")
              .replace(".group_norm.", ".norm.")
              .replace(".to_q.", ".q.")
              .replace(".to_k.", ".k.")
              .replace(".to_v.", ".v.")
              .replace(".to_out.0.", ".proj_out.");
      String pointwise = own.replace(".conv_shortcut.", ".nin_shortcut.");
      return store.entries().containsKey(pointwise) ? pointwise : own;
    };
  }

  private static String level(String name, int last) {
    Matcher level = LEVEL.matcher(name);
    if (!level.lookingAt()) {
      return name;
    }
    int number = Integer.parseInt(level.group(3));
    boolean up = level.group(2).equals("up");
    return "%scoder.%s.%d.%s"
        .formatted(
            level.group(1),
            level.group(2),
            up ? last - number : number,
            name.substring(level.end()));
  }
}
