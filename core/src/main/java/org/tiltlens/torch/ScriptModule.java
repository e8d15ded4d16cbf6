package org.tiltlens.torch;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.parameter_iterator;
import org.bytedeco.pytorch.parameter_list;

/**
 * A TorchScript file ({@code torch.jit.save}) as a function of one tensor, in evaluation mode.
 *
 * <p>The file is a <em>program</em> that the engine runs: open only files from people you trust.
 * Its graph runs as it is written, without the engine's profiling and fusing, whose results would
 * differ in the last bits between the first calls and later ones. Weights never require a gradient.
 * Threads may share it.
 */
public final class ScriptModule implements AutoCloseable {
  static {
    Engine.start();
  }

  private final JitModule module;

  private ScriptModule(JitModule module) {
    this.module = module;
  }

  /**
   * Loads a file onto a device.
   *
   * @throws IllegalArgumentException if there is none, it is no TorchScript or the device is not
   *     available; one line
   */
  public static ScriptModule load(Path file, Device device) {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          Files.exists(file) ? "not a regular file" : "the file does not exist");
    }
    device.requireAvailable();
    try (Scope scope = Scope.open()) {
      DeviceOptional where = new DeviceOptional(new org.bytedeco.pytorch.Device(device.name()));
      JitModule module = torch.load(file.toString(), where, false);
      module.eval();
      parameter_list parameters = module.parameters();
      parameter_iterator end = parameters.end();
      for (parameter_iterator at = parameters.begin(); at.notEquals(end); at.increment()) {
        at.multiply().set_requires_grad(false);
      }
      module.retainReference();
      return new ScriptModule(module);
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "not a TorchScript file (torch.jit.save): " + reason(e), e);
    }
  }

  /**
   * What the program makes of a tensor; the first element of a tuple or list. Differentiable.
   *
   * @throws IllegalArgumentException if the program fails or returns no tensor; one line
   */
  public Tensor forward(Tensor input) {
    return Scope.of(
        () -> {
          torch.setGraphExecutorOptimize(false); // a setting of the current thread
          try {
            return firstTensor(module.forward(new IValueVector(new IValue(input))));
          } catch (IllegalArgumentException e) {
            throw e;
          } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                "the program fails on a tensor of " + Tensors.describe(input) + ": " + reason(e),
                e);
          }
        });
  }

  private static Tensor firstTensor(IValue value) {
    if (value.isTensor()) {
      return new Tensor(value.toTensor()); // a handle of its own: the value's goes with it
    }
    if (value.isTuple() && !value.toTuple().elements().empty()) {
      return firstTensor(value.toTuple().elements().get(0));
    }
    if (value.isTensorList() && value.toTensorVector().size() > 0) {
      return new Tensor(value.toTensorVector().get(0));
    }
    throw new IllegalArgumentException(
        "the program returns a "
            + value.tagKind().getString()
            + ", expected a tensor, or a tuple that begins with one");
  }

  /** The line of the engine's report that says what is wrong. */
  private static String reason(RuntimeException e) {
    String[] lines = String.valueOf(e.getMessage()).split("\\R");
    return Arrays.stream(lines)
        .filter(line -> line.startsWith("RuntimeError: "))
        .map(line -> line.substring("RuntimeError: ".length()))
        .findFirst()
        .orElse(lines[0]);
  }

  @Override
  public void close() {
    module.releaseReference();
  }
}
