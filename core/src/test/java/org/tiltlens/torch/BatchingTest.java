package org.tiltlens.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchingTest {
  private static final Lanes LANES = new Lanes(2, 1);

  @Test
  void groupsAreConsecutive() {
    List<String> groups = new Batching(4, LANES).map(10, (first, count) -> first + " and " + count);
    assertThat(groups).containsExactly("0 and 4", "4 and 4", "8 and 2");
  }

  /** A device with room for five images. */
  private static int drawn(int count) {
    if (count > 5) {
      throw new IllegalStateException("CUDA out of memory. Tried to allocate 2.00 GiB");
    }
    return count;
  }

  @Test
  void groupsWithoutRoomAreHalvedOnceForAll() {
    List<Integer> tried = new ArrayList<>();
    List<String> groups =
        Batching.together(16)
            .map(
                20,
                (first, count) -> {
                  tried.add(count);
                  return first + " and " + drawn(count);
                });
    assertThat(groups).containsExactly("0 and 4", "4 and 4", "8 and 4", "12 and 4", "16 and 4");
    assertThat(tried).containsExactly(16, 8, 4, 4, 4, 4, 4);
  }

  @Test
  void workInTurnStaysOnItsThread() {
    Thread own = Thread.currentThread();
    List<String> groups =
        Batching.inTurn(
            20,
            8,
            (first, count) -> {
              assertThat(Thread.currentThread()).isSameAs(own);
              return first + " and " + drawn(count);
            });
    assertThat(groups).containsExactly("0 and 4", "4 and 4", "8 and 4", "12 and 4", "16 and 4");
  }

  /** The engine's libraries say it in words of their own. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "CUDA error: out of memory",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
      })
  void allSortsOfMissingRoomAreKnown(String message) {
    List<Integer> groups =
        Batching.together(4)
            .map(
                4,
                (first, count) -> {
                  if (count > 2) {
                    throw new IllegalStateException(message);
                  }
                  return count;
                });
    assertThat(groups).containsExactly(2, 2);
  }

  @Test
  void otherFailuresAndOneImageWithoutRoomEndTheWork() {
    assertThatThrownBy(
            () ->
                Batching.together(16)
                    .map(
                        20,
                        (first, count) -> {
                          throw new IllegalStateException("CUDA error: no kernel image");
                        }))
        .hasMessageContaining("no kernel image");
    assertThatThrownBy(() -> Batching.together(1).map(3, (first, count) -> drawn(6)))
        .hasMessageContaining("out of memory");
  }

  /** Fewer of large images, and what is asked for anyway. */
  @Test
  void aSetGoesAFewTogetherOnTheProcessor() {
    Batching alone = Batching.oneByOne(LANES);
    assertThat(alone.ofSet(Device.CPU, 3, 32, 32)).isEqualTo(new Batching(4, LANES));
    assertThat(alone.ofSet(Device.CPU, 3, 128, 128)).isEqualTo(new Batching(2, LANES));
    assertThat(alone.ofSet(Device.CPU, 3, 256, 256)).isEqualTo(alone);
    Batching many = new Batching(16, LANES);
    assertThat(many.ofSet(Device.CPU, 3, 32, 32)).isEqualTo(many);
    assertThat(alone.ofSet(new Device("cuda:0"), 3, 32, 32)).isEqualTo(alone);
  }
}
