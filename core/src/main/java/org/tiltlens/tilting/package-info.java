/**
 * Exponential tilting of scores, on plain doubles: the exact q_beta of a corpus.
 *
 * <pre>{@code
 * ScoreSample sample = ScoreSample.of(scores);           // s(x_1) .. s(x_N), any order
 * double wanted = sample.scoreAt(97);                    // the corpus' 97th percentile
 * double beta = Tilting.solve(sample, wanted);           // E_q[s] = wanted
 * TiltedScores q = sample.tilted(beta);
 * double far = q.kl();                                   // trust q while this is below log N
 * }</pre>
 */
package org.tiltlens.tilting;
