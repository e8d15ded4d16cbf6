/**
 * The networks of diffusion models of pixels and of latents (ADM, diffusers, EDM, latent diffusion
 * with its autoencoder) and their checkpoints.
 *
 * <pre id="unet">{@code
 * try (TensorStore store = Checkpoints.open(Goldens.file("adm_unet.safetensors"))) {
 *   AdmUnetConfig config = AdmUnetConfig.fromOptions(store.metadata());
 *   AdmUnet network = AdmUnet.load(store, config, Device.CPU);
 *   DiffusionPrior.Options options = AdmCheckpoint.options(config, store.metadata());
 *   NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced("250");
 *   try (Prior prior = new DiffusionPrior(network, schedule, options)) { // closes the network
 *     System.out.println(Tensors.describe(prior.imageShape()));
 *   }
 * }
 * }</pre>
 */
package org.tiltlens.unet;
