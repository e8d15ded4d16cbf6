package org.tiltlens.prompts;

import java.util.List;
import org.tiltlens.synthesis.AscentState;
import org.tiltlens.synthesis.Climb;

/** A method that climbs to a prompt. */
public interface PromptSearch extends Climb, AutoCloseable {
  /** A prompt before the first step; the caller closes the result. */
  @Override
  AscentState start(long seed, int sample);

  /** One prompt: what goes through the networks together is its images. */
  @Override
  default AscentState start(long seed, List<Integer> samples) {
    if (samples.size() != 1) {
      throw new IllegalArgumentException(
          "a search for " + samples.size() + " prompts together: expected one");
    }
    return start(seed, samples.get(0));
  }

  /** What draws its prompt's images. */
  PromptSampler sampler();

  /** The prompt that a state stands for; the caller closes it. */
  FoundPrompt found(AscentState state);

  /** Frees what it made for itself; nothing by default. */
  @Override
  default void close() {}
}
