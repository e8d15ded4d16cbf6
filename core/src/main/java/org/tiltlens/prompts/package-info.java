/**
 * Prompts in place of images: a text, or vectors that no word has, whose images drive a unit.
 *
 * <pre id="prompts">{@code
 * Prompted prompted = new Prompted(tokenizer, encoder, told);
 * DiffExplainer method = new DiffExplainer(prompted, score, settings);
 * AscentState now = method.start(45, 0);
 * while (!method.isDone(now)) {
 *   now = method.advance(now);
 * }
 * try (AscentState done = now;
 *     FoundPrompt prompt = method.found(done)) {
 *   Tensor images = prompted.sampler(settings.sampling()).images(prompt.context(), 45, 4);
 *   System.out.println(prompt.text() + ": " + Tensors.describe(images));
 * }
 * }</pre>
 *
 * <p>Such a method shows {@code p(x | prompt)}: only what prompts can say.
 */
package org.tiltlens.prompts;
