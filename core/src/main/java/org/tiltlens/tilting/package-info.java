/**
 * Exponential tilting of scores, on plain doubles: the exact q_beta of a corpus, and the estimates,
 * bounds and closed forms to hold beside it.
 *
 * <pre id="tilting">{@code
 * ScoreSample sample = ScoreSample.of(scores); // s(x_1) .. s(x_N), any order
 * double wanted = sample.scoreAt(97); // the corpus' 97th percentile
 * double beta = Tilting.solve(sample, wanted); // E_q[s] = wanted
 * TiltedScores q = sample.tilted(beta);
 * double far = q.kl(); // trust q while this is below log N
 * Estimate farther = q.estimate().kl(); // with its standard error
 * double cut = HardTruncation.top(sample, 9).kl(); // what top-9 retrieval costs instead
 * }</pre>
 */
package org.tiltlens.tilting;
