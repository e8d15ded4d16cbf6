/**
 * Prompts in place of images: a text, or vectors that no word has, whose images drive a unit.
 *
 * <pre id="prompts">{@code
 * try (TextPrior prior = TextPrior.open(pipeline, Map.of(), Device.CPU);
 *     Scope scope = Scope.open()) {
 *   Prompted prompted =
 *       new Prompted(
 *           prior.tokenizer(),
 *           prior.encoder(),
 *           context -> prior.prior(context, null, 1, schedule));
 *   DiffExplainer search = new DiffExplainer(prompted, score, settings);
 *   AscentState now = search.start(45, 0);
 *   while (!search.isDone(now)) {
 *     now = search.advance(now);
 *   }
 *   try (AscentState done = now;
 *       FoundPrompt prompt = search.found(done)) {
 *     Tensor images =
 *         search.sampler().images(prompt.context(), 45, List.of(0, 1, 2, 3)); // (4, 3, H, W)
 *     System.out.println(prompt.text() + ": " + Tensors.describe(images));
 *   }
 * }
 * }</pre>
 *
 * <p>Such a method shows {@code p(x | prompt)}: only what prompts can say.
 */
package org.tiltlens.prompts;
