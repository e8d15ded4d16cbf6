/**
 * Fits a prior, an autoencoder, a vision model or a dictionary to images, on one machine, in steps
 * that can be stopped at any moment and continued bit for bit.
 *
 * <pre id="training">{@code
 * AdmUnetConfig network =
 *     AdmUnetConfig.fromOptions(
 *         Map.of(
 *             "image_size", "16",
 *             "num_channels", "32",
 *             "num_res_blocks", "1",
 *             "channel_mult", "1,1",
 *             "attention_resolutions", "8",
 *             "num_head_channels", "16",
 *             "learn_sigma", "True"));
 * TrainingRun run = TrainingRun.in(folder, few, budget); // resumed(budget) goes on with it
 * PriorReport report =
 *     PriorTraining.run(PriorSettings.of(network), sampling, images, heldOut, run);
 * }</pre>
 *
 * <p>{@link org.tiltlens.training.Trainer} is the one loop; what differs is a {@link
 * org.tiltlens.training.TrainingTask}: the weights it starts from and the loss of a step. The
 * networks are those of the other rooms, run on leaves of the current weights.
 */
package org.tiltlens.training;
