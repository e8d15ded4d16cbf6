package org.tiltlens.app.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.models.Inspection;
import org.tiltlens.run.Json;
import org.tiltlens.unet.LatentShape;
import org.tiltlens.vision.BlockGroup;
import org.tiltlens.vision.HookPoint;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tiltlens inspect}: what a checkpoint holds, without loading it. */
@Command(
    name = "inspect",
    description =
        "Says what a file is: of a checkpoint its tensors, metadata, architecture and hook points,"
            + " without loading it; of what tiltlens wrote which command, models and figures.",
    mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Parameters(
      paramLabel = "FILE|DIR",
      description =
          "safetensors, .pt/.pth, or a folder with weights; a run.json or its folder, a table of"
              + " features, a pool, a bundle, a training.")
  private Path path;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = command.commandLine().getOut();
    Optional<OwnFile> own = OwnFile.of(path);
    if (own.isPresent() && !isNetwork(own.get())) {
      out.println(json ? Json.write(own.get()) : own.get().text());
      out.flush();
      return 0;
    }
    Inspection inspection;
    try {
      inspection = Inspection.of(path);
    } catch (CheckpointException e) {
      OwnFile images = OwnFile.corpus(path).orElseThrow(() -> e);
      out.println(json ? Json.write(images) : images.text());
      out.flush();
      return 0;
    }
    if (json) {
      out.println(Json.write(inspection));
    } else {
      own.ifPresent(training -> out.println(training.text()));
      print(inspection, out);
    }
    out.flush();
    return 0;
  }

  /** Whether what our training wrote is also a checkpoint, with more to tell than it notes. */
  private boolean isNetwork(OwnFile own) {
    return Files.isDirectory(path) && own.isTraining();
  }

  private static void print(Inspection inspection, PrintWriter out) {
    String architecture = inspection.architecture();
    if (inspection.latents() != null) {
      out.println("architecture: " + architecture);
      printLatents(inspection.latents(), out);
    }
    int width =
        inspection.tensors().stream().mapToInt(entry -> entry.name().length()).max().orElse(0);
    for (Inspection.Entry entry : inspection.tensors()) {
      String shape =
          entry.shape().stream().map(Object::toString).collect(Collectors.joining(" x "));
      out.println(
          String.format(
              Locale.ROOT,
              "%-" + Math.max(1, width) + "s  %-7s  %s",
              entry.name(),
              entry.dtype(),
              shape.isEmpty() ? "scalar" : shape));
    }
    inspection.metadata().forEach((key, value) -> out.println(key + " = " + value));
    out.println(
        String.format(
            Locale.ROOT,
            "%,d tensors, %,d parameters, %,.1f MB",
            inspection.tensors().size(),
            inspection.parameters(),
            inspection.bytes() / 1e6));
    if (inspection.latents() == null) {
      out.println("architecture: " + (architecture == null ? "not recognised" : architecture));
    }
    if (!inspection.leftOut().isEmpty()) {
      out.println("not needed: " + String.join(", ", inspection.leftOut()));
    }
    inspection
        .parts()
        .forEach(
            part ->
                out.println(FieldNames.choosing(part) + (part.usual() ? " (the default)" : "")));
    printBlocks(inspection.blocks(), out);
    if (inspection.problem() != null) {
      out.println(
          (architecture == null ? "cannot be loaded: " : "cannot be loaded as that: ")
              + FieldNames.shown(inspection.problem(), "inspect"));
    }
  }

  /** What a prior of latents draws and is told, before a thousand tensors. */
  private static void printLatents(Inspection.Latents latents, PrintWriter out) {
    LatentShape shape = latents.shape();
    int each = shape.downsampling();
    out.println(
        shape.side() != null
            ? "pictures: %1$d x %1$d pixels, of latents %2$d x %3$d x %3$d"
                .formatted(shape.side() * each, shape.channels(), shape.side())
            : ("pictures: %1$d pixels for each of a latent's side, of latents %2$d x S x S; its"
                    + " tensors do not tell S: give --prior-option image_size=S, such as 64 for"
                    + " %3$d x %3$d pixels")
                .formatted(each, shape.channels(), 64 * each));
    out.println(
        latents.text()
            ? "told a text: say what with --prompt TEXT; without it is told the empty prompt"
            : "told no text: --prompt has no meaning for it");
  }

  /** Where the network can be read, ready to be pasted. */
  private static void printBlocks(List<BlockGroup> groups, PrintWriter out) {
    if (groups.isEmpty()) {
      return;
    }
    out.println("hook points:");
    for (BlockGroup group : groups) {
      String tokens =
          group.tokens().isEmpty()
              ? ""
              : "; " + String.join(", ", group.tokens()) + " after it: of those tokens";
      out.println("  " + group.pattern() + "  " + group.channels() + " channels" + tokens);
    }
    String block = groups.get(groups.size() / 2).last();
    String transcoder =
        groups.get(0).hooks().contains(HookPoint.Site.BLOCK_OUT.hookName())
            ? "--block " + block + " (a transcoder), "
            : "";
    out.println(
        "such as "
            + transcoder
            + "--hook "
            + new HookPoint(block, HookPoint.Site.RESID_POST)
            + " (an autoencoder of train dictionary, or where a unit is read)");
  }
}
