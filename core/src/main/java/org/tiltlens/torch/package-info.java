/**
 * Static words over the engine's tensors: the only room that knows JavaCPP, its scopes, thread
 * pools and random state.
 *
 * <pre id="torch">{@code
 * float[] gradient;
 * try (Scope scope = Scope.open()) {
 *   Tensor x = Autograd.leaf(Tensors.floats(new float[] {1, 2, 3}, 3));
 *   Tensor energy = Tensors.scale(x.mul(x), 0.5).sum();
 *   gradient = Tensors.toFloats(Autograd.gradient(energy, x));
 * }
 * }</pre>
 *
 * <p>Who owns a tensor: a method that returns one hands it to the innermost {@link
 * org.tiltlens.torch.Scope} of its caller, who keeps it beyond that with {@code keep}. Whatever
 * holds tensors or weights for longer is {@link java.lang.AutoCloseable} and frees them when it is
 * closed; the tensors it shows stay its own. A record of tensors that cannot be closed is like a
 * tensor. Arguments stay the caller's. Without an open scope a tensor is the caller's to
 * {@linkplain org.tiltlens.torch.Scope#release release}.
 *
 * <p>Random numbers come from {@link org.tiltlens.torch.Noise} only.
 */
package org.tiltlens.torch;
