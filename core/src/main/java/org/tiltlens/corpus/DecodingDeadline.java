package org.tiltlens.corpus;

import java.time.Duration;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadProgressListener;

/** Stops a reader that takes too long, as soon as it says how far it is. */
final class DecodingDeadline implements IIOReadProgressListener {
  private final long end;
  private boolean passed;

  DecodingDeadline(Duration time) {
    end = System.nanoTime() + time.toNanos();
  }

  /** Whether it stopped the reader. */
  boolean isPassed() {
    return passed;
  }

  @Override
  public void imageProgress(ImageReader source, float percentageDone) {
    if (System.nanoTime() - end >= 0) {
      passed = true;
      source.abort();
    }
  }

  @Override
  public void sequenceStarted(ImageReader source, int minIndex) {}

  @Override
  public void sequenceComplete(ImageReader source) {}

  @Override
  public void imageStarted(ImageReader source, int imageIndex) {}

  @Override
  public void imageComplete(ImageReader source) {}

  @Override
  public void thumbnailStarted(ImageReader source, int imageIndex, int thumbnailIndex) {}

  @Override
  public void thumbnailProgress(ImageReader source, float percentageDone) {}

  @Override
  public void thumbnailComplete(ImageReader source) {}

  @Override
  public void readAborted(ImageReader source) {}
}
