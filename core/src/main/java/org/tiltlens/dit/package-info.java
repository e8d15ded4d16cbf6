/**
 * Diffusion transformers and their checkpoints: networks of latents, whose images an autoencoder
 * decodes.
 *
 * <pre id="dit">{@code
 * try (TensorStore store = Checkpoints.open(file)) {
 *   TensorStore network = Dit.network(store);
 *   DitConfig.Said said = new DitConfig.Said(heads, OptionalInt.empty(), true);
 *   try (Dit denoiser = Dit.load(network, DitConfig.of(network, said), Device.CPU)) {
 *     System.out.println(Tensors.describe(denoiser.imageShape())); // of latents
 *   }
 * }
 * }</pre>
 */
package org.tiltlens.dit;
