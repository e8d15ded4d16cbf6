package org.tiltlens.diffusion;

/** Where the variance of p(x_{t-1} | x_t) comes from ({@code ModelVarType} of guided-diffusion). */
public enum VarianceType {
  /**
   * The network interpolates between the other two in the log domain (Nichol and Dhariwal 2021,
   * equation 15).
   */
  LEARNED_RANGE,
  /** btilde_t, the variance of q(x_{t-1} | x_t, x_0); at t = 0 that of t = 1. */
  FIXED_SMALL,
  /** beta_t; at t = 0 btilde_1. */
  FIXED_LARGE
}
