package org.tiltlens.server;

import java.io.IOException;
import org.tiltlens.explain.ExplainSpec;
import org.tiltlens.jobs.Jobs;

/**
 * Why a picture drives a feature of the bundle.
 *
 * @param feature its index
 * @param image the picture's name in the studio
 */
record ExplainRequest(Integer feature, String image) implements JobRequest {

  @Override
  public Work<ExplainSpec> work(Catalogue catalogue, SeenPictures pictures) throws IOException {
    if (image == null || !image.matches(SeenPictures.NAME)) {
      throw Refused.wrong("image is '" + image + "', expected the name of one in the studio");
    }
    return work(catalogue, pictures, image, JobRequest.feature(catalogue, feature));
  }

  /** The same of what is known to be there. */
  static Work<ExplainSpec> work(
      Catalogue catalogue, SeenPictures pictures, String picture, int feature) throws IOException {
    return new Work<>(
        Jobs.EXPLAIN,
        ExplainSpec.of(
            catalogue.bundle(),
            pictures.file(picture).toAbsolutePath().toString(),
            JobRequest.unit(feature)));
  }
}
