/**
 * Fits a prior, a vision model or a sparse dictionary to images, on one machine, in steps that can
 * be stopped at any moment and continued bit for bit.
 *
 * <pre>{@code
 * TrainingRun run = TrainingRun.in(Path.of("prior"), TrainingSettings.PRIOR, Budget.minutes(30));
 * PriorReport report = PriorTraining.run(
 *     PriorSettings.of(network), PriorSampling.DEFAULT, images, heldOut, run);
 * // prior/prior.safetensors, prior/samples.png, prior/training.json; prior/training.safetensors to go on from
 * }</pre>
 *
 * <p>{@link org.tiltlens.training.Trainer} is the one loop; what differs is a {@link
 * org.tiltlens.training.TrainingTask}: the weights it starts from and the loss of a step. The
 * networks are those of the other rooms, run on leaves of the current weights.
 */
package org.tiltlens.training;
