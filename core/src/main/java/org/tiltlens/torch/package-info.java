/**
 * Static words over the engine's tensors: the only room that knows JavaCPP, its scopes, thread
 * pools and random state.
 *
 * <pre>{@code
 * try (Scope scope = Scope.open()) {
 *   Tensor x = Autograd.leaf(Tensors.floats(new float[] {1, 2, 3}, 3));
 *   Tensor energy = Tensors.scale(x.mul(x), 0.5).sum();
 *   float[] gradient = Tensors.toFloats(Autograd.gradient(energy, x)); // 1, 2, 3
 * }
 * }</pre>
 *
 * <p>Rules for callers: hold a {@link org.tiltlens.torch.Scope} around each block of work, pass
 * tensors out of it with {@code keep}, and take random numbers from {@link
 * org.tiltlens.torch.Noise} only.
 */
package org.tiltlens.torch;
