package org.tiltlens.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TorchBuildTest {
  private static final String DEBIAN =
      """
      PyTorch built with:
        - GCC 12.2
        - Intel(R) MKL-DNN v2.6.3 (Git Hash N/A)
        - CPU capability usage: AVX2
        - Build settings: BLAS_INFO=generic, BUILD_TYPE=RelWithDebInfo, USE_MKLDNN=ON,
      """;

  @Test
  void theReferenceBlasIsSlow() {
    TorchBuild build = new TorchBuild("1.13.0a0", DEBIAN, List.of("/lib/blas/libblas.so.3.11.0"));
    assertThat(build.isSlow()).isTrue();
    assertThat(build.describe())
        .isEqualTo("PyTorch 1.13.0a0, oneDNN v2.6.3, AVX2, blas/libblas.so.3.11.0");
  }

  @Test
  void aTunedOneLoadedBesideItIsNot() {
    List<String> libraries = List.of("/lib/openblas-pthread/libblas.so.3", "/lib/libgfortran.so.5");
    assertThat(new TorchBuild("1.13.0a0", DEBIAN, libraries).isSlow()).isFalse();
  }

  @Test
  void oneOfItsOwnIsNot() {
    TorchBuild build = new TorchBuild("2.10.0", "- Build settings: BLAS_INFO=mkl,", List.of());
    assertThat(build.isSlow()).isFalse();
    assertThat(build.describe()).isEqualTo("PyTorch 2.10.0, no oneDNN, BLAS mkl");
  }
}
