package org.tiltlens.compare;

import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.prompts.FoundPrompt;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;

/** A prompt that was found: what the prior is told as a tensor, its words as metadata. */
final class PromptFile {
  private static final String CONTEXT = "context";
  private static final String TEXT = "text";

  private PromptFile() {}

  static void write(Path file, FoundPrompt prompt) {
    try (Scope scope = Scope.open()) {
      Tensor context = Device.CPU.place(prompt.context()).contiguous();
      SafetensorsWriter.write(file, Map.of(CONTEXT, context), Map.of(TEXT, prompt.text()));
    }
  }

  /**
   * The prompt in a file; the caller closes it.
   *
   * @throws CheckpointException if it is damaged
   */
  static FoundPrompt read(Path file, Device device) {
    try (TensorStore store = Checkpoints.open(file);
        Scope scope = Scope.open()) {
      String text = store.metadata().get(TEXT);
      if (text == null) {
        throw new CheckpointException(
            "'" + file + "' is no saved prompt: delete it to search again");
      }
      return new FoundPrompt(Scope.keepForever(device.place(store.load(CONTEXT)).clone()), text);
    }
  }
}
