/**
 * Vision models up to a hook point: images in, activations out.
 *
 * <pre>{@code
 * try (TensorStore store = Checkpoints.open(Path.of("dinov3_convnext_large.safetensors"));
 *     VisionModel model = DinoConvNext.open(store, Device.CPU);
 *     Scope scope = Scope.open()) {
 *   HookPoint at = HookPoint.parse("stages.2.20.hook_resid_pre");
 *   Tensor activations = model.activations(images, at); // (N, 768, 16, 16) for 256 x 256 pixels
 * }
 * }</pre>
 *
 * <p>{@link org.tiltlens.vision.TorchScriptModel} runs a network that someone exported with {@code
 * torch.jit.save}; its one hook point is what the network returns.
 */
package org.tiltlens.vision;
