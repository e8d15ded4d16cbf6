package org.tiltlens.chart;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * How charts look: black on white. Colours are told apart by the colour-blind (Okabe and Ito 2008),
 * and whatever differs by colour differs by the shape of its marks, too.
 */
public final class ChartStyle {
  public static final int WIDTH = 900;
  public static final int HEIGHT = 620;

  public static final Color BLACK = Color.BLACK;
  public static final Color ORANGE = new Color(0xe69f00);
  public static final Color SKY = new Color(0x56b4e9);
  public static final Color GREEN = new Color(0x009e73);
  public static final Color BLUE = new Color(0x0072b2);
  public static final Color VERMILION = new Color(0xd55e00);
  public static final Color PURPLE = new Color(0xcc79a7);
  public static final Color QUIET = new Color(0x6b6b6b);

  public static final float[] DASHES = {6, 5};
  public static final float[] DOTS = {2, 4};

  private ChartStyle() {}

  /**
   * How a series of points is drawn.
   *
   * @param color of the marks
   * @param marker their shape
   */
  public record Mark(Color color, Marker marker) {}

  /** An empty chart. */
  public static XYChart chart(String xAxis, String yAxis) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .xAxisTitle(xAxis)
            .yAxisTitle(yAxis)
            .build();
    Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 15);
    XYStyler styler = chart.getStyler();
    styler.setAxisTitleFont(font);
    styler.setAxisTickLabelsFont(font.deriveFont(13f));
    styler.setLegendFont(font.deriveFont(14f));
    styler.setLegendPosition(Styler.LegendPosition.InsideSE);
    styler.setLegendBorderColor(Color.LIGHT_GRAY);
    styler.setLegendPadding(8);
    styler.setMarkerSize(9);
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotBackgroundColor(Color.WHITE);
    styler.setPlotBorderVisible(false);
    styler.setPlotGridLinesColor(new Color(0xe8e8e8));
    styler.setPlotGridLinesStroke(new BasicStroke(1));
    styler.setPlotGridVerticalLinesVisible(false);
    styler.setChartPadding(12);
    return chart;
  }

  /** Draws a series as a line through its marks. */
  public static void draw(XYSeries series, Mark mark, BasicStroke stroke) {
    series.setLineColor(mark.color);
    series.setLineStyle(stroke);
    series.setMarker(mark.marker);
    series.setMarkerColor(mark.color);
  }

  /** Draws a line that only helps to read the others. */
  public static void rule(XYChart chart, String name, double[] x, double[] y, float... pattern) {
    draw(chart.addSeries(name, x, y), new Mark(QUIET, SeriesMarkers.NONE), dashed(1.2f, pattern));
  }

  /** A broken line. */
  public static BasicStroke dashed(float width, float... pattern) {
    return new BasicStroke(width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 10, pattern, 0);
  }
}
