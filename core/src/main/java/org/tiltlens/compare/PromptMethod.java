package org.tiltlens.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.chart.ChartStyle.Mark;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.Named;
import org.tiltlens.models.PriorFile;
import org.tiltlens.models.Prompt;
import org.tiltlens.models.TextPrior;
import org.tiltlens.prompts.FoundPrompt;
import org.tiltlens.prompts.PromptSampler;
import org.tiltlens.prompts.PromptSearch;
import org.tiltlens.prompts.Prompted;
import org.tiltlens.prompts.SamplerSettings;
import org.tiltlens.run.Progress;
import org.tiltlens.run.SpecException;
import org.tiltlens.sampling.Course;
import org.tiltlens.sampling.Walk;
import org.tiltlens.synthesis.AscentState;
import org.tiltlens.torch.Scope;

/**
 * A method that looks for a prompt and shows {@code p(x | prompt)}, by the sampler that it looked
 * through. What it draws from has no KL in closed form: see the estimates from images.
 *
 * @param <R> the settings
 */
abstract class PromptMethod<R extends Record> extends SettableMethod<R> {
  PromptMethod(String key, String label, String meaning, Mark mark) {
    super(key, label, meaning, mark);
  }

  /** The steps of its search. */
  abstract int steps(R settings);

  /** How it draws. */
  abstract SamplerSettings sampling(R settings);

  /** What looks for the prompt. */
  abstract PromptSearch search(CompareDrawing from, Prompted prompted);

  @Override
  void require(CompareSpec spec, Bundle bundle) {
    String prior = bundle.models().prior();
    if (!TextPrior.isOne(Named.resolve(prior))) {
      throw new SpecException(
          "method '%s' looks for a prompt, and the prior '%s' is told no text: leave it out of"
              + " {methods}, or use a bundle whose prior is told one, such as Stable Diffusion",
          key(), prior);
    }
    schedule(spec, bundle);
  }

  private NoiseSchedule schedule(CompareSpec spec, Bundle bundle) {
    return PriorFile.schedule(
        bundle.manifest().noiseSchedule(),
        bundle.manifest().baseSteps(),
        sampling(settings(spec, bundle)).respacing());
  }

  private NoiseSchedule schedule(CompareContext context) {
    return schedule(context.spec(), context.bundle());
  }

  @Override
  final long units(CompareDrawing from) {
    CompareContext context = from.context();
    return steps(settings(context)) + (long) context.spec().count() * schedule(context).steps();
  }

  @Override
  final Drawn draw(CompareDrawing from, DrawnImages to) throws IOException {
    CompareContext context = from.context();
    Path file = to.run().state("prompt.safetensors");
    TextPrior prior = context.textPrior();
    NoiseSchedule schedule = schedule(context);
    double guidance = sampling(settings(context)).guidance();
    try (Scope scope = Scope.open()) {
      Tensor negative =
          guidance == 1
              ? null
              : prior.context(Prompt.of(context.bundle().models().priorOptions()).negative());
      Prompted prompted =
          new Prompted(
              prior.tokenizer(),
              prior.encoder(),
              told -> prior.prior(told, negative, guidance, schedule));
      Drawn drawn =
          to.drawn(
              "",
              timed -> {
                find(from, to, prompted, file, timed);
                try (FoundPrompt prompt = PromptFile.read(file, context.device())) {
                  PromptSampler sampler = prompted.sampler(sampling(settings(context)));
                  to.atOnce(
                      schedule.steps(),
                      images -> sampler.images(prompt.context(), context.spec().seed(), images),
                      timed);
                }
                return file;
              });
      try (FoundPrompt prompt = PromptFile.read(file, context.device())) {
        return drawn.settingOf("%s; %d steps".formatted(prompt.text(), schedule.steps()));
      }
    }
  }

  /** Finds the prompt, or what an earlier process left to do. */
  private void find(
      CompareDrawing from, DrawnImages to, Prompted prompted, Path file, Progress.Task timed)
      throws IOException {
    if (Files.exists(file)) {
      timed.skip(steps(settings(from.context())));
      return;
    }
    Path underWay = to.run().state("search.safetensors");
    try (PromptSearch search = search(from, prompted);
        AscentState done =
            new Walk(Walk.SAVE_EVERY)
                .finish(
                    new Course.Ascending(search, from.context().spec().seed(), List.of(0)),
                    underWay,
                    timed);
        FoundPrompt prompt = search.found(done)) {
      PromptFile.write(file, prompt);
      Files.deleteIfExists(underWay);
    }
  }
}
