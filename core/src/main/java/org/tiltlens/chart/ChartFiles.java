package org.tiltlens.chart;

import java.awt.Dimension;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGeneratorContext;
import org.apache.batik.svggen.SVGGraphics2D;
import org.knowm.xchart.XYChart;
import org.tiltlens.run.WholeFile;
import org.w3c.dom.Document;

/** Charts as files: PNG for slides, SVG for print and pages. */
public final class ChartFiles {
  /** Pixels of a PNG per unit of the chart: about 300 to the inch at 9 inches of width. */
  private static final int ENLARGED = 3;

  /** Digits of an SVG's coordinates behind the point; the default makes files twice as large. */
  private static final int DECIMALS = 2;

  private ChartFiles() {}

  /**
   * Writes {@code NAME.png} and {@code NAME.svg} into a folder, each whole or not at all.
   *
   * @return the SVG document
   */
  public static String write(Path folder, String name, XYChart chart) throws IOException {
    String svg = svg(chart);
    writePng(folder.resolve(name + ".png"), chart);
    WholeFile.writeText(folder.resolve(name + ".svg"), svg);
    return svg;
  }

  /** An SVG document inside a page. */
  public static String dataUri(String svg) {
    byte[] bytes = svg.getBytes(StandardCharsets.UTF_8);
    return "data:image/svg+xml;base64," + Base64.getEncoder().encodeToString(bytes);
  }

  /** Writes a PNG whole or not at all. */
  public static void writePng(Path file, XYChart chart) throws IOException {
    BufferedImage picture =
        new BufferedImage(
            ENLARGED * chart.getWidth(), ENLARGED * chart.getHeight(), BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = picture.createGraphics();
    graphics.scale(ENLARGED, ENLARGED);
    chart.paint(graphics, chart.getWidth(), chart.getHeight());
    graphics.dispose();
    WholeFile.writePng(file, picture);
  }

  /** The chart as an SVG document, its texts as outlines, so that it needs no fonts. */
  public static String svg(XYChart chart) throws IOException {
    try {
      Document document =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .getDOMImplementation()
              .createDocument("http://www.w3.org/2000/svg", "svg", null);
      SVGGeneratorContext context = SVGGeneratorContext.createDefault(document);
      context.setPrecision(DECIMALS);
      SVGGraphics2D graphics = new SVGGraphics2D(context, false);
      graphics.setSVGCanvasSize(new Dimension(chart.getWidth(), chart.getHeight()));
      chart.paint(graphics, chart.getWidth(), chart.getHeight());
      StringWriter text = new StringWriter();
      graphics.stream(text, true);
      return text.toString();
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("every Java platform makes XML documents", e);
    }
  }
}
