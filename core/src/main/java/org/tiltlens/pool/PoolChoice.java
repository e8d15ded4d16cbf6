package org.tiltlens.pool;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.run.Bounds;
import org.tiltlens.run.SpecException;

/** Which pool a run starts from. */
@JsonTypeInfo(use = JsonTypeInfo.Id.DEDUCTION)
@JsonSubTypes({
  @JsonSubTypes.Type(PoolChoice.Kept.class),
  @JsonSubTypes.Type(PoolChoice.Drawn.class),
})
public sealed interface PoolChoice {
  /** Paths of a pool that is drawn where none is at hand. */
  int USUAL_COUNT = 512;

  /** The files and folders to read. */
  List<String> files();

  /** A bundle's own pool where it was drawn with these steps, else one of the usual size. */
  static PoolChoice usual(Bundle bundle, StepsSpec steps) {
    boolean fits = PoolSpec.of(bundle, 1).steps().equals(steps);
    return bundle
        .pool()
        .filter(folder -> fits)
        .<PoolChoice>map(Kept::new)
        .orElseGet(() -> new Drawn(USUAL_COUNT, PoolSpec.USUAL_SEED));
  }

  /**
   * One that was drawn before.
   *
   * @param folder its folder, as a spec names files
   */
  record Kept(@JsonProperty(required = true) String folder) implements PoolChoice {
    public Kept {
      if (folder == null) {
        throw new SpecException("no pool: give {pool}, a folder that `tiltlens pool` wrote");
      }
    }

    @Override
    public List<String> files() {
      return List.of(folder);
    }
  }

  /**
   * One that is drawn with the run's own prior and steps, unless the cache has it.
   *
   * @param count how many paths, at least 2
   * @param seed names their noise
   */
  record Drawn(@JsonProperty(required = true) int count, @JsonProperty(required = true) long seed)
      implements PoolChoice {
    public Drawn {
      Bounds.within("poolSize", count, 2, PoolSpec.MOST);
    }

    @Override
    public List<String> files() {
      return List.of();
    }
  }
}
