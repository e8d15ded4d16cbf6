package org.tiltlens.torch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.global.torch;

/**
 * Starts the native engine once per process and bounds its thread pools.
 *
 * <p>Every class of this room that touches a tensor starts the engine in its static initialiser, so
 * no caller has to; {@link Device}, {@link Batching} and {@link Lanes} are names and numbers until
 * they are used. Starting unpacks the engine's own libraries by name <em>before</em> any of its
 * classes loads: with an empty native cache and a system-wide {@code libtorch} (Debian's {@code
 * python3-torch} brings one), the dynamic linker would otherwise bind {@code libtorch.so} to the
 * system's older copy and crash the process.
 */
public final class Engine {
  static {
    // JavaCPP's own bounds follow the Java heap, but tensors live outside of it; and they are slow.
    setIfAbsent("org.bytedeco.javacpp.maxBytes", "0");
    setIfAbsent("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    unpackOwnLibraries();
    Loader.load(torch.class);
    // NNPACK knows few processors, and the engine warns of that at every convolution on the others;
    // where it is used, for large batches only, it rounds in its own way.
    torch.globalContext().setUserEnabledNNPACK(false);
    torch.set_num_threads(1);
    if (!GradientCheck.passes()) {
      // Slower, but right.
      torch.globalContext().setUserEnabledMkldnn(false);
    }
  }

  private static final boolean OLD_KERNELS = "SSE41".equals(System.getenv("ONEDNN_MAX_CPU_ISA"));

  private static final MemoryBound MEMORY =
      new MemoryBound(
          MemoryBound.machineBytes() / 100 * 95, Engine::residentBytes, System::nanoTime);

  private Engine() {}

  /** Throws if this process is about to use up the machine's memory. */
  static void checkMemory() {
    MEMORY.check();
  }

  /**
   * Whether convolutions use oneDNN: not where its gradients are wrong ({@link GradientCheck}).
   *
   * <p>{@code ONEDNN_MAX_CPU_ISA=SSE41} in the environment avoids the part that is wrong.
   */
  public static boolean usesOneDnn() {
    return torch.globalContext().userEnabledMkldnn();
  }

  /**
   * Whether convolutions that are not grouped do without oneDNN although it is right.
   *
   * <p>Its kernels of {@code ONEDNN_MAX_CPU_ISA=SSE41} take several times as long as a matrix
   * product of the unfolded image ({@code ConvolutionBenchmark}); those of grouped convolutions are
   * the faster ones even then.
   */
  static boolean ownConvolutions() {
    return OLD_KERNELS;
  }

  /** Whether the engine can compute on a GPU. */
  static boolean hasGpu() {
    return torch.cuda_is_available();
  }

  /** Whether the engine's deferred device was started, which only tests do. */
  static boolean hasDeferred() {
    try (Scope scope = Scope.open()) {
      Tensors.zeros(1).to(new org.bytedeco.pytorch.Device(Device.DEFERRED), torch.ScalarType.Float);
      return true;
    } catch (RuntimeException e) {
      return false;
    }
  }

  /** Starts the engine if it is not running yet. */
  public static void start() {
    // The static initialiser does the work.
  }

  /**
   * Bounds the threads one operation may use when called from the current thread.
   *
   * <p>The floating-point result of some operations (1 x 1 convolutions, group-norm gradients)
   * depends on this number, so it is part of what makes a run repeatable; the default is 1 and
   * {@link Lanes} uses the other cores for other samples. More are for work that is one long chain
   * of large operations, such as training; who asks for them sets 1 again when done.
   *
   * <p>Matrix products stay on one thread each: OpenBLAS' own threads spin while they wait, which
   * made a training step three to five times slower on a machine with other work to do.
   */
  public static void threadsPerOperation(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException(
          "threads per operation: " + threads + ", must be at least 1");
    }
    torch.set_num_threads(threads);
  }

  /** The engine's version, for {@code run.json}. */
  public static String version() {
    try {
      return Loader.getVersion("org.bytedeco", "pytorch");
    } catch (IOException e) {
      throw new UncheckedIOException("the engine's jar does not state its version", e);
    }
  }

  /** The largest resident memory this process has had, in bytes, where the system tells (Linux). */
  public static OptionalLong peakResidentBytes() {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return OptionalLong.empty();
    }
    try (Stream<String> lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Resident memory of this process in bytes, native tensors included. */
  public static long residentBytes() {
    return Pointer.physicalBytes();
  }

  private static void setIfAbsent(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  private static void unpackOwnLibraries() {
    String folder = "/org/bytedeco/pytorch/" + Loader.getPlatform() + "/";
    for (String library : ownLibraries()) {
      try {
        Loader.cacheResource(torch.class, folder + library);
      } catch (IOException e) {
        throw new UncheckedIOException(
            "cannot unpack the engine's " + library + " into the native cache", e);
      }
    }
  }

  /** In dependency order: each is found by the next one's {@code RPATH}. */
  private static List<String> ownLibraries() {
    String platform = Loader.getPlatform();
    if (platform.startsWith("windows")) {
      return List.of("c10.dll", "torch_cpu.dll", "torch.dll");
    }
    String suffix = platform.startsWith("macosx") ? ".dylib" : ".so";
    return List.of("libc10" + suffix, "libtorch_cpu" + suffix, "libtorch" + suffix);
  }
}
