package org.tiltlens.tilting;

import java.util.List;

/**
 * What a short run at some betas found.
 *
 * @param betas one per unit
 * @param means mean score of each unit
 */
public record JointPilot(List<Double> betas, List<Double> means) {
  public JointPilot {
    betas = List.copyOf(betas);
    means = List.copyOf(means);
  }
}
