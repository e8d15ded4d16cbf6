package org.tiltlens.compare;

import java.util.function.Supplier;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.synthesis.MagnitudeSpectrum;

/**
 * What a method's images are drawn for and from.
 *
 * @param context of the comparison
 * @param feature what the images are to show
 * @param corpus natural images
 * @param tilt the study of the tilt
 * @param pool unguided paths of the prior
 * @param spectrum the corpus' mean magnitudes, measured when first asked for
 */
record CompareDrawing(
    CompareContext context,
    ComparedFeature feature,
    Corpus corpus,
    CompareTilt tilt,
    ComparePool pool,
    Supplier<MagnitudeSpectrum> spectrum) {}
