package org.tiltlens.prompts;

import org.tiltlens.synthesis.AscentState;
import org.tiltlens.synthesis.Climb;

/** A method that climbs to a prompt. */
public interface PromptSearch extends Climb, AutoCloseable {
  /** What draws its prompt's images. */
  PromptSampler sampler();

  /** The prompt that a state stands for; the caller closes it. */
  FoundPrompt found(AscentState state);

  /** Frees what it made for itself; nothing by default. */
  @Override
  default void close() {}
}
