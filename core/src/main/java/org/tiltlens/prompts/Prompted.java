package org.tiltlens.prompts;

import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.text.ClipText;
import org.tiltlens.text.ClipTokenizer;

/**
 * A prior that is told a text, as methods that look for one see it. All stay their owner's to
 * close.
 *
 * @param tokenizer of its words
 * @param encoder of its tokens
 * @param told the prior of a context (1, L, C), which the encoder says; see {@link FewSteps}
 */
public record Prompted(ClipTokenizer tokenizer, ClipText encoder, Function<Tensor, Prior> told) {
  /** The sampler that a method looks through. */
  public PromptSampler sampler(SamplerSettings sampling) {
    return new PromptSampler(new FewSteps(told, sampling.step()), sampling);
  }
}
