package org.tiltlens.corpus;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.util.Arrays;
import javax.imageio.ImageReader;
import javax.imageio.metadata.IIOMetadata;
import org.w3c.dom.Element;

/**
 * The canvas of a GIF, on which its first frame may cover a part (GIF89a, 18 and 20).
 *
 * @param width of the canvas, in pixels; grown where the frame would leave it
 * @param height of the canvas
 * @param left where the frame begins
 * @param top where the frame begins
 */
record GifCanvas(int width, int height, int left, int top) {
  static GifCanvas of(ImageReader reader) throws IOException {
    Element frame = element(reader.getImageMetadata(0), "ImageDescriptor");
    Element screen = element(reader.getStreamMetadata(), "LogicalScreenDescriptor");
    int left = number(frame, "imageLeftPosition");
    int top = number(frame, "imageTopPosition");
    return new GifCanvas(
        Math.max(number(screen, "logicalScreenWidth"), left + reader.getWidth(0)),
        Math.max(number(screen, "logicalScreenHeight"), top + reader.getHeight(0)),
        left,
        top);
  }

  private static Element element(IIOMetadata metadata, String name) {
    Element root = (Element) metadata.getAsTree(metadata.getNativeMetadataFormatName());
    return (Element) root.getElementsByTagName(name).item(0);
  }

  private static int number(Element element, String attribute) {
    return Integer.parseInt(element.getAttribute(attribute));
  }

  /**
   * The canvas with the frame on it; elsewhere the frame's transparent colour or else the first of
   * its palette, as in PIL.
   */
  BufferedImage with(BufferedImage frame) {
    if (frame.getWidth() == width && frame.getHeight() == height) {
      return frame;
    }
    BufferedImage canvas = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    int[] row = new int[width];
    for (int y = 0; y < height; y++) {
      Arrays.fill(row, background(frame));
      if (y >= top && y < top + frame.getHeight()) {
        frame.getRGB(0, y - top, frame.getWidth(), 1, row, left, width);
      }
      canvas.setRGB(0, y, width, 1, row, 0, width);
    }
    return canvas;
  }

  private static int background(BufferedImage frame) {
    IndexColorModel palette = (IndexColorModel) frame.getColorModel();
    return palette.getRGB(Math.max(0, palette.getTransparentPixel()));
  }
}
