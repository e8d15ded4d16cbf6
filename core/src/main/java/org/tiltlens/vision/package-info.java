/**
 * Vision models up to a hook point: images in, activations out.
 *
 * <pre id="vision">{@code
 * HookPoint at = HookPoint.parse("stages.2.1.hook_resid_pre");
 * try (VisionModel model = VisionCheckpoint.open(file, Device.CPU, Optional.of(at));
 *     Scope scope = Scope.open()) {
 *   Tensor images = Tensors.zeros(2, 3, 64, 64); // (N, 3, H, W) in [-1, 1]
 *   Tensor activations = model.activations(images, at); // (N, channels, H / 16, W / 16)
 *   System.out.println(Tensors.describe(activations));
 * }
 * }</pre>
 *
 * <p>{@link org.tiltlens.vision.VisionCheckpoint} tells ConvNeXts, ResNets and vision transformers
 * by the names of their tensors. A ResNet's hook points are such as {@code
 * layer3.5.hook_resid_pre}, a transformer's such as {@code blocks.11.hook_resid_post} and {@code
 * blocks.11.hook_resid_post@cls}.
 *
 * <p>{@link org.tiltlens.vision.TorchScriptModel} runs a network that someone exported with {@code
 * torch.jit.save}; its one hook point is what the network returns.
 */
package org.tiltlens.vision;
