package org.tiltlens.bench;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a build of PyTorch computes with.
 *
 * @param version of PyTorch
 * @param config what it says of itself: {@code torch.__config__.show()}
 * @param libraries files of linear algebra that are loaded beside it
 */
record TorchBuild(String version, String config, List<String> libraries) {
  private static final Pattern ONEDNN = Pattern.compile("(?:MKL-DNN|oneDNN) (v[\\d.]+)");
  private static final Pattern CAPABILITY = Pattern.compile("CPU capability usage: (\\S+)");
  private static final Pattern BLAS = Pattern.compile("BLAS_INFO=([^,\\s]+)");
  private static final List<String> FAST = List.of("openblas", "mkl", "blis", "atlas");

  /** One line for people. */
  String describe() {
    return Stream.of(
            Optional.of("PyTorch " + version),
            Optional.of(find(ONEDNN).map("oneDNN "::concat).orElse("no oneDNN")),
            find(CAPABILITY),
            Optional.of(
                libraries.isEmpty()
                    ? find(BLAS).map("BLAS "::concat).orElse("no BLAS")
                    : libraries.stream()
                        .map(TorchBuild::shortened)
                        .collect(Collectors.joining(" "))))
        .flatMap(Optional::stream)
        .collect(Collectors.joining(", "));
  }

  /** A file's name after its folder's, which tells whose {@code libblas.so.3} it is. */
  private static String shortened(String library) {
    return library.replaceFirst("^.*/([^/]+/[^/]+)$", "$1");
  }

  /** Whether its matrix products are the reference implementation's, which no one tuned. */
  boolean isSlow() {
    return find(BLAS).filter("generic"::equals).isPresent()
        && libraries.stream()
            .map(library -> library.toLowerCase(Locale.ROOT))
            .noneMatch(library -> FAST.stream().anyMatch(library::contains));
  }

  private Optional<String> find(Pattern pattern) {
    Matcher matcher = pattern.matcher(config);
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }
}
