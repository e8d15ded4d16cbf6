package org.tiltlens.study;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Objects;
import java.util.stream.Stream;
import org.tiltlens.feature.Objective;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.models.StepsSpec;

/** A spec as a {@code run.json} has it: in parts, or flat, as 0.1.0 wrote it. */
@JsonTypeInfo(use = JsonTypeInfo.Id.DEDUCTION, defaultImpl = WrittenSpec.Parts.class)
@JsonSubTypes({
  @JsonSubTypes.Type(WrittenSpec.Parts.class),
  @JsonSubTypes.Type(FlatSpec.class),
})
sealed interface WrittenSpec permits WrittenSpec.Parts, FlatSpec {
  /** The spec it stands for. */
  StudySpec spec();

  /** What {@link StudySpec} writes. */
  record Parts(
      ModelFiles models,
      ScoreSpec score,
      Objective objective,
      GuidanceSpec guidance,
      StepsSpec steps,
      int count,
      long seed)
      implements WrittenSpec {
    @Override
    public StudySpec spec() {
      if (Stream.of(models, score, objective, guidance, steps).anyMatch(Objects::isNull)) {
        throw new IllegalArgumentException(
            "no spec of images to draw: expected models, score, objective, guidance and steps, as"
                + " `tiltlens visualize` writes them");
      }
      return new StudySpec(models, score, objective, guidance, steps, count, seed);
    }
  }
}
