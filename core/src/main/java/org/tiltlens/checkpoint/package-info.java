/**
 * Reads trained weights from whatever they come in, without trusting it, and writes safetensors.
 *
 * <pre id="checkpoint">{@code
 * try (TensorStore store = Checkpoints.open(file);
 *     Scope scope = Scope.open()) {
 *   String first = "downsample_layers.0.0.weight";
 *   TensorStore model = store.under(Checkpoints.prefixOf(store, first));
 *   Tensor weight = model.load(first); // (channels, 3, 4, 4)
 *   System.out.println(Tensors.describe(weight));
 * }
 * }</pre>
 *
 * <p>Formats: safetensors (one file, or shards with an index), and what {@code torch.save} writes
 * for a state dict, now (zip) and before PyTorch 1.6. Nothing a file says runs code, leads out of
 * its folder, or takes more memory than in proportion to its size.
 */
package org.tiltlens.checkpoint;
