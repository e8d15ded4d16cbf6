package org.tiltlens.compare;

import java.io.IOException;
import java.nio.file.Path;
import org.tiltlens.chart.ChartFiles;
import org.tiltlens.run.Json;
import org.tiltlens.run.WholeFile;

/**
 * What a comparison leaves for people beside its {@code run.json}: {@code index.html}, {@code
 * compare.json}, {@code compare.csv}, and its plots {@code compare-bits} and {@code compare-kernel}
 * as PNG and SVG.
 */
public final class CompareFiles {
  private CompareFiles() {}

  /**
   * Writes them all, each whole or not at all.
   *
   * @param folder where the pictures that the result names are
   * @throws IOException if a picture is missing or no PNG, or a file cannot be written
   */
  public static void write(Path folder, CompareResult result) throws IOException {
    WholeFile.writeText(folder.resolve("compare.json"), Json.write(result) + "\n");
    WholeFile.writeText(folder.resolve(CompareCsv.FILE), CompareCsv.of(result));
    String bits = ChartFiles.write(folder, "compare-bits", ComparePlot.againstBits(result));
    String kernel = ChartFiles.write(folder, "compare-kernel", ComparePlot.againstKernel(result));
    ComparePage.write(folder, result, bits, kernel);
  }
}
