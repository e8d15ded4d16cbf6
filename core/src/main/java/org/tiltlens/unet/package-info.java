/**
 * The ADM UNet, the network of OpenAI's guided-diffusion, and its checkpoints.
 *
 * <pre>{@code
 * AdmUnet unet = AdmUnet.load(Checkpoints.open(path), AdmUnetConfig.IMAGENET_256, Device.CPU);
 * NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced("250");
 * Prior prior = new DiffusionPrior(unet, schedule, DiffusionPrior.Options.LEARNED_RANGE);
 * }</pre>
 */
package org.tiltlens.unet;
