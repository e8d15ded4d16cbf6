/**
 * Reads trained weights from whatever they come in, without trusting it, and writes safetensors.
 *
 * <pre>{@code
 * try (TensorStore store = Checkpoints.open(Path.of("dinov3_convnext_large.pth"))) {
 *   TensorStore model = store.under(Checkpoints.prefixOf(store, "downsample_layers.0.0.weight"));
 *   try (Scope scope = Scope.open()) {
 *     Tensor weight = model.load("downsample_layers.0.0.weight"); // 192x3x4x4
 *   }
 * }
 * }</pre>
 *
 * <p>Formats: safetensors (one file, or shards with an index), and what {@code torch.save} writes
 * for a state dict, now (zip) and before PyTorch 1.6. Nothing a file says runs code, leads out of
 * its folder, or takes more memory than in proportion to its size.
 */
package org.tiltlens.checkpoint;
