package org.tiltlens.prompts;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;

/**
 * What a search came to.
 *
 * @param context (1, L, C), which the prior is told; its own to free
 * @param text the prompt in words, or those nearest to its vectors
 */
public record FoundPrompt(Tensor context, String text) implements AutoCloseable {
  @Override
  public void close() {
    Scope.release(context);
  }
}
