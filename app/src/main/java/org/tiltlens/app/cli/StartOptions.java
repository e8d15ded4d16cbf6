package org.tiltlens.app.cli;

import java.util.List;
import java.util.Optional;
import org.tiltlens.models.Bundle;
import org.tiltlens.run.Bounds;
import org.tiltlens.run.SpecException;
import org.tiltlens.study.CorpusWords;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where exact samples start: a pool, or a corpus. */
final class StartOptions {
  private static final List<String> PLACES = List.of("pool", "corpus");

  @Option(
      names = "--from",
      paramLabel = "F",
      description =
          "Where exact samples start: pool, from unguided ones (default), or corpus: from natural"
              + " images drawn by weight, which noise that the prior takes away again turns into"
              + " new ones; an approximation whose drift is measured.")
  private String from = "pool";

  @Mixin private CorpusOptions corpus;

  /** Whether they start from a corpus. */
  boolean isCorpus() {
    return from.equals("corpus");
  }

  /**
   * The corpus that was asked for; null for a pool.
   *
   * @param prior whose size its images get where nothing else says
   */
  CorpusWords corpus(Optional<Bundle> bundle, CommandLine command, String prior) {
    Bounds.requireWord("from", from, PLACES);
    if (isCorpus()) {
      return new CorpusWords(
          corpus.images(bundle), corpus.framing(bundle, command, prior), corpus.limit());
    }
    if (corpus.isTouched()) {
      throw new SpecException(
          "{images}, {limit}, {imageSize} and {fit} have a meaning only with {from} corpus");
    }
    return null;
  }
}
