package org.tiltlens.unet;

/**
 * The latents of a model, as its settings and the headers of its files tell.
 *
 * @param channels of a latent
 * @param side of it; null where nothing tells
 * @param downsampling how many pixels of a picture's side become one of its own
 */
public record LatentShape(int channels, Integer side, int downsampling) {}
