package org.tiltlens.jobs;

import java.nio.file.Path;
import java.util.List;
import org.tiltlens.compare.Compare;
import org.tiltlens.compare.CompareResult;
import org.tiltlens.compare.CompareSpec;
import org.tiltlens.compose.Composition;
import org.tiltlens.compose.CompositionResult;
import org.tiltlens.compose.CompositionSpec;
import org.tiltlens.demo.Demo;
import org.tiltlens.demo.DemoResult;
import org.tiltlens.demo.DemoSpec;
import org.tiltlens.explain.ExplainResult;
import org.tiltlens.explain.ExplainSpec;
import org.tiltlens.explain.ExplainStudy;
import org.tiltlens.frontier.Frontier;
import org.tiltlens.frontier.FrontierResult;
import org.tiltlens.frontier.FrontierSpec;
import org.tiltlens.harvest.HarvestSpec;
import org.tiltlens.harvest.HarvestStudy;
import org.tiltlens.pool.PoolResult;
import org.tiltlens.pool.PoolRun;
import org.tiltlens.pool.PoolSpec;
import org.tiltlens.retrieve.RetrievalResult;
import org.tiltlens.retrieve.RetrievalSpec;
import org.tiltlens.retrieve.RetrievalStudy;
import org.tiltlens.run.RunFolder;
import org.tiltlens.study.ManyResult;
import org.tiltlens.study.ManySpec;
import org.tiltlens.study.ManyStudies;
import org.tiltlens.study.Study;
import org.tiltlens.study.StudyResult;
import org.tiltlens.study.StudySpec;

/** The commands: the one door through which a command line or a server starts work. */
public final class Jobs {
  /** Images of a unit. */
  public static final Command<StudySpec, StudyResult> VISUALIZE =
      new Command<>(
          "visualize",
          StudySpec.class,
          spec -> Study.defaultFolder("visualize", spec),
          (spec, how, folder, progress) -> Study.run("visualize", spec, how, folder, progress));

  /** Images of several units at once. */
  public static final Command<CompositionSpec, CompositionResult> COMPOSE =
      new Command<>("compose", CompositionSpec.class, Composition::defaultFolder, Composition::run);

  /** A corpus' own images of a unit. */
  public static final Command<RetrievalSpec, RetrievalResult> RETRIEVE =
      new Command<>(
          "retrieve", RetrievalSpec.class, RetrievalStudy::defaultFolder, RetrievalStudy::run);

  /** Why a picture drives a unit. */
  public static final Command<ExplainSpec, ExplainResult> EXPLAIN =
      new Command<>("explain", ExplainSpec.class, ExplainStudy::defaultFolder, ExplainStudy::run);

  /** What driving a feature costs. */
  public static final Command<FrontierSpec, FrontierResult> FRONTIER =
      new Command<>("frontier", FrontierSpec.class, Frontier::defaultFolder, Frontier::run);

  /** The methods side by side. */
  public static final Command<CompareSpec, CompareResult> COMPARE =
      new Command<>("compare", CompareSpec.class, Compare::defaultFolder, Compare::run);

  /** A gallery of a bundle's features. */
  public static final Command<DemoSpec, DemoResult> DEMO =
      new Command<>("demo", DemoSpec.class, Demo::defaultFolder, Demo::run);

  /** What a dictionary's features do on a corpus; its folder is the table's file. */
  public static final Command<HarvestSpec, HarvestStudy.Outcome> HARVEST =
      new Command<>(
          "harvest",
          HarvestSpec.class,
          spec -> Path.of("features.parquet"),
          HarvestStudy::run,
          false);

  /** Unguided paths of a prior, for all units. */
  public static final Command<PoolSpec, PoolResult> POOL =
      new Command<>("pool", PoolSpec.class, PoolRun::defaultFolder, PoolRun::run);

  /** Images of many features from one pool; in its folder, a run of {@link #VISUALIZE} each. */
  public static final Command<ManySpec, ManyResult> VISUALIZE_ALL =
      new Command<>(
          "visualize-all",
          ManySpec.class,
          spec -> RunFolder.usual("visualize-all", spec),
          ManyStudies::run);

  private static final List<Command<?, ?>> ALL =
      List.of(VISUALIZE, COMPOSE, RETRIEVE, EXPLAIN, FRONTIER, COMPARE, DEMO, HARVEST, POOL);

  private Jobs() {}

  /** All of them. */
  public static List<Command<?, ?>> all() {
    return ALL;
  }

  /**
   * The command of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Command<?, ?> named(String name) {
    return ALL.stream()
        .filter(command -> command.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown command '"
                        + name
                        + "': use one of "
                        + String.join(", ", ALL.stream().map(Command::name).toList())));
  }
}
