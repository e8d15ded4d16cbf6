package org.tiltlens.feature;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the tensors of an encoder with one linear layer are called, and how they lie.
 *
 * @param encoder the matrix
 * @param encoderByRows whether a feature is a row of it, (K, C), and not a column, (C, K)
 * @param encoderBias (K)
 * @param decoder the matrix
 * @param decoderByRows whether a feature is a row of it, (K, C), and not a column, (C, K)
 * @param decoderBias (C)
 * @param centre (C), taken from the input first; empty if nothing is
 * @param threshold one number, or one per feature; empty if there is none
 * @param unused whatever else may be there and does not change the features
 */
record LinearTensors(
    String encoder,
    boolean encoderByRows,
    String encoderBias,
    String decoder,
    boolean decoderByRows,
    String decoderBias,
    Optional<String> centre,
    Optional<String> threshold,
    Set<String> unused) {

  /** {@code W_enc} (C, K), {@code b_enc}, {@code W_dec} (K, C), {@code b_dec}. */
  static LinearTensors ofMatrices() {
    return new LinearTensors(
        "W_enc",
        false,
        "b_enc",
        "W_dec",
        true,
        "b_dec",
        Optional.empty(),
        Optional.empty(),
        Set.of());
  }

  /** {@code encoder.weight} (K, C), {@code encoder.bias} and a decoder. */
  static LinearTensors ofLayer(String decoder, boolean decoderByRows, String decoderBias) {
    return new LinearTensors(
        "encoder.weight",
        true,
        "encoder.bias",
        decoder,
        decoderByRows,
        decoderBias,
        Optional.empty(),
        Optional.empty(),
        Set.of());
  }

  LinearTensors centredBy(String bias) {
    return new LinearTensors(
        encoder,
        encoderByRows,
        encoderBias,
        decoder,
        decoderByRows,
        decoderBias,
        Optional.of(bias),
        threshold,
        unused);
  }

  LinearTensors decodedWith(String bias) {
    return new LinearTensors(
        encoder,
        encoderByRows,
        encoderBias,
        decoder,
        decoderByRows,
        bias,
        centre,
        threshold,
        unused);
  }

  LinearTensors with(String thresholds) {
    return new LinearTensors(
        encoder,
        encoderByRows,
        encoderBias,
        decoder,
        decoderByRows,
        decoderBias,
        centre,
        Optional.of(thresholds),
        unused);
  }

  LinearTensors ignoring(String... names) {
    return new LinearTensors(
        encoder,
        encoderByRows,
        encoderBias,
        decoder,
        decoderByRows,
        decoderBias,
        centre,
        threshold,
        Set.of(names));
  }

  Set<String> known() {
    return Stream.of(
            Stream.of(encoder, encoderBias, decoder, decoderBias),
            centre.stream(),
            threshold.stream(),
            unused.stream())
        .flatMap(names -> names)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Fails unless the tensors are these, for K features over C channels; returns K. */
  long requireShapes(DictionaryTensors tensors, long channels) {
    long features =
        tensors.size(encoder, encoderByRows ? 0 : 1, encoderByRows ? "[K, C]" : "[C, K]");
    tensors.requireOnly(known());
    requireMatrix(tensors, encoder, encoderByRows, features, channels);
    tensors.requireShape(encoderBias, features);
    requireMatrix(tensors, decoder, decoderByRows, features, channels);
    tensors.requireShape(decoderBias, channels);
    centre.ifPresent(name -> tensors.requireShape(name, channels));
    threshold.ifPresent(name -> tensors.requirePerFeature(name, features));
    return features;
  }

  private static void requireMatrix(
      DictionaryTensors tensors, String name, boolean byRows, long features, long channels) {
    tensors.requireShape(name, byRows ? features : channels, byRows ? channels : features);
  }
}
