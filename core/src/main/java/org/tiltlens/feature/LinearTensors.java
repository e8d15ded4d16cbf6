package org.tiltlens.feature;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/**
 * What the tensors of an encoder with one linear layer are called, and how they lie.
 *
 * @param encoder the matrix before the activation function
 * @param encoderBias (K)
 * @param decoder the matrix behind it
 * @param decoderBias (C)
 * @param centre (C), taken from the input first; empty if nothing is
 * @param threshold one number, or one per feature; empty if there is none
 * @param unused whatever else may be there and does not change the features
 */
record LinearTensors(
    Matrix encoder,
    String encoderBias,
    Matrix decoder,
    String decoderBias,
    Optional<String> centre,
    Optional<String> threshold,
    Set<String> unused) {

  /**
   * One matrix of K features and C channels.
   *
   * @param byRows whether a feature is a row of it, (K, C), and not a column, (C, K)
   */
  record Matrix(String name, boolean byRows) {
    private String sizes() {
      return byRows ? "[features, channels]" : "[channels, features]";
    }

    long features(DictionaryTensors tensors) {
      return tensors.size(name, byRows ? 0 : 1, sizes());
    }

    long channels(DictionaryTensors tensors) {
      return tensors.size(name, byRows ? 1 : 0, sizes());
    }

    void requireShape(DictionaryTensors tensors, long features, long channels) {
      tensors.requireShape(name, byRows ? features : channels, byRows ? channels : features);
    }

    /** Features {@code from .. from + count - 1} as rows: (count, C). */
    Tensor load(DictionaryTensors tensors, long from, long count) {
      return byRows ? tensors.rows(name, from, count) : tensors.columns(name, from, count);
    }
  }

  /** {@code W_enc} (C, K), {@code b_enc}, {@code W_dec} (K, C), {@code b_dec}. */
  static LinearTensors ofMatrices() {
    return of(new Matrix("W_enc", false), "b_enc", new Matrix("W_dec", true), "b_dec");
  }

  /** {@code encoder.weight} (K, C), {@code encoder.bias} and a decoder. */
  static LinearTensors ofLayer(Matrix decoder, String decoderBias) {
    return of(new Matrix("encoder.weight", true), "encoder.bias", decoder, decoderBias);
  }

  private static LinearTensors of(Matrix encoder, String bias, Matrix decoder, String decoderBias) {
    return new LinearTensors(
        encoder, bias, decoder, decoderBias, Optional.empty(), Optional.empty(), Set.of());
  }

  LinearTensors centredBy(String bias) {
    return new LinearTensors(
        encoder, encoderBias, decoder, decoderBias, Optional.of(bias), threshold, unused);
  }

  LinearTensors decodedWith(String bias) {
    return new LinearTensors(encoder, encoderBias, decoder, bias, centre, threshold, unused);
  }

  LinearTensors above(String thresholds) {
    return new LinearTensors(
        encoder, encoderBias, decoder, decoderBias, centre, Optional.of(thresholds), unused);
  }

  LinearTensors ignoring(String... names) {
    return new LinearTensors(
        encoder, encoderBias, decoder, decoderBias, centre, threshold, Set.of(names));
  }

  private Set<String> known() {
    return Stream.of(
            Stream.of(encoder.name, encoderBias, decoder.name, decoderBias),
            centre.stream(),
            threshold.stream(),
            unused.stream())
        .flatMap(names -> names)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Fails unless the tensors are these, for K features over C channels; returns K. */
  long requireShapes(DictionaryTensors tensors, long channels) {
    long features = encoder.features(tensors);
    tensors.requireOnly(known());
    encoder.requireShape(tensors, features, channels);
    tensors.requireShape(encoderBias, features);
    decoder.requireShape(tensors, features, channels);
    tensors.requireShape(decoderBias, channels);
    centre.ifPresent(name -> tensors.requireShape(name, channels));
    threshold.ifPresent(name -> tensors.requirePerFeature(name, features));
    return features;
  }
}
