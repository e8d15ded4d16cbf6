/**
 * Vision models up to a hook point: images in, activations out.
 *
 * <pre>{@code
 * HookPoint at = HookPoint.parse("stages.2.20.hook_resid_pre");
 * try (VisionModel model =
 *         DinoV3.open(Path.of("dinov3_convnext_large.pth"), Device.CPU, Optional.of(at));
 *     Scope scope = Scope.open()) {
 *   Tensor activations = model.activations(images, at); // (N, 768, 16, 16) for 256 x 256 pixels
 * }
 * }</pre>
 *
 * <p>{@link org.tiltlens.vision.DinoV3} tells a ConvNeXt from a vision transformer, whose hook
 * points are such as {@code blocks.11.hook_resid_post} and {@code blocks.11.hook_resid_post@cls}.
 *
 * <p>{@link org.tiltlens.vision.TorchScriptModel} runs a network that someone exported with {@code
 * torch.jit.save}; its one hook point is what the network returns.
 */
package org.tiltlens.vision;
