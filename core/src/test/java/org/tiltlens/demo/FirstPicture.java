package org.tiltlens.demo;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.tiltlens.models.Bundle;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.run.WholeFile;
import org.tiltlens.study.StudyResult;
import org.tiltlens.tilting.Pilots;

/**
 * Draws docs/first.png: what features fire on, what the exact tilt shows at three levels, and what
 * plug-in guidance shows at the same levels.
 *
 * <p>Arguments: a folder for the two demos, which a killed tool goes on from; the picture; and
 * features of the demo's own.
 */
public final class FirstPicture {
  private static final int SIDE = 62;
  private static final int STEP = SIDE + 4;
  private static final int LABEL = 120;
  private static final int GAP = 36;
  private static final int LINE = 26;
  private static final int MARGIN = 16;

  private final Path folder;
  private final DemoResult exact;
  private final DemoResult guided;

  private FirstPicture(Path folder) throws IOException {
    this.folder = folder;
    DemoSpec spec = DemoSpec.of(Bundle.embedded());
    int threads = Runtime.getRuntime().availableProcessors();
    Execution execution = new Execution("cpu", threads, threads, 1);
    exact = Demo.run(spec, execution, folder.resolve("exact"), Progress.SILENT);
    guided =
        Demo.run(spec.guided(Pilots.FEW), execution, folder.resolve("guided"), Progress.SILENT);
  }

  public static void main(String... arguments) throws IOException {
    FirstPicture picture = new FirstPicture(Path.of(arguments[0]));
    int[] features = Arrays.stream(arguments).skip(2).mapToInt(Integer::parseInt).toArray();
    WholeFile.writePng(Path.of(arguments[1]), picture.drawn(features));
  }

  private BufferedImage drawn(int... features) throws IOException {
    int count = exact.spec().count();
    int levels = exact.spec().percentiles().size();
    int width = 2 * MARGIN + LABEL + 2 * count * STEP + GAP;
    int block = STEP + LINE + levels * STEP + GAP / 2;
    BufferedImage image =
        new BufferedImage(width, MARGIN + features.length * block, BufferedImage.TYPE_INT_RGB);
    Graphics2D canvas = image.createGraphics();
    canvas.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    canvas.setColor(Color.WHITE);
    canvas.fillRect(0, 0, image.getWidth(), image.getHeight());
    for (int i = 0; i < features.length; i++) {
      feature(canvas, features[i], MARGIN + i * block, count);
    }
    canvas.dispose();
    return image;
  }

  private void feature(Graphics2D canvas, int feature, int top, int count) throws IOException {
    int first = MARGIN + LABEL;
    int second = first + count * STEP + GAP;
    DemoResult.FeatureExhibit exhibit =
        exact.features().stream().filter(of -> of.feature() == feature).findFirst().orElseThrow();
    text(canvas, Font.BOLD, "Feature " + feature, MARGIN, top + LINE / 2);
    text(canvas, Font.PLAIN, "fires on", MARGIN, top + STEP / 2 + LINE / 2);
    List<String> fires = exhibit.images().stream().map(DemoResult.ExhibitImage::file).toList();
    row(canvas, folder.resolve("exact"), fires, first, top);
    int y = top + STEP + LINE;
    text(canvas, Font.BOLD, "samples of the tilt (exact)", first, y - LINE / 2);
    text(canvas, Font.BOLD, "plug-in guidance", second, y - LINE / 2);
    for (int level = 0; level < exact.spec().percentiles().size(); level++) {
      double percentile = exact.spec().percentiles().get(level);
      int row = y + level * STEP;
      text(canvas, Font.PLAIN, "%.0fth percentile".formatted(percentile), MARGIN, row + STEP / 2);
      row(canvas, folder.resolve("exact"), files(exact, feature, level), first, row);
      row(canvas, folder.resolve("guided"), files(guided, feature, level), second, row);
    }
  }

  private static List<String> files(DemoResult demo, int feature, int level) {
    return demo.resultsOf(feature).get(level).images().stream()
        .map(StudyResult.ImageResult::file)
        .toList();
  }

  private static void row(Graphics2D canvas, Path from, List<String> files, int x, int y)
      throws IOException {
    for (int i = 0; i < files.size(); i++) {
      BufferedImage picture = ImageIO.read(from.resolve(files.get(i)).toFile());
      canvas.drawImage(picture, x + i * STEP, y, SIDE, SIDE, null);
    }
  }

  private static void text(Graphics2D canvas, int style, String text, int x, int y) {
    canvas.setFont(new Font(Font.SANS_SERIF, style, 13));
    canvas.setColor(Color.DARK_GRAY);
    canvas.drawString(text, x, y + 4);
  }
}
