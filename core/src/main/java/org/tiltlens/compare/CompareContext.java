package org.tiltlens.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.VariationalBound;
import org.tiltlens.measuring.KeptBound;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.models.TextPrior;
import org.tiltlens.quality.QualiClip;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunIdentity;
import org.tiltlens.run.Sha256;
import org.tiltlens.sampling.Walk;
import org.tiltlens.study.AimSpec;
import org.tiltlens.study.SharedPool;
import org.tiltlens.study.Study;
import org.tiltlens.study.StudyModels;
import org.tiltlens.study.StudyResult;
import org.tiltlens.study.StudySpec;
import org.tiltlens.tilting.Target;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;

/**
 * What all parts of a comparison share.
 *
 * @param spec what is compared
 * @param execution how it is computed
 * @param bundle models and corpus
 * @param models hashes of the bundle's files, which decide what is drawn and how it scores
 * @param files hashes of all files that decide a number of any method, those of the bundle among
 *     them
 * @param pool hashes of the files of a pool that the spec names, which decide the numbers of those
 *     that look at it
 * @param named hashes of the models that methods' own settings name
 * @param judged whether the bundle has a judge, who looks at the pool whatever the method
 * @param corpus the corpus' fingerprint
 * @param device where networks compute
 * @param shelf where networks are from
 * @param lanes images under way beside each other
 * @param folder of the comparison
 * @param progress hears how far it is
 */
record CompareContext(
    CompareSpec spec,
    Execution execution,
    Bundle bundle,
    Map<String, String> models,
    Map<String, String> files,
    Map<String, String> pool,
    Map<String, String> named,
    boolean judged,
    String corpus,
    Device device,
    ModelShelf shelf,
    Lanes lanes,
    Path folder,
    Progress progress) {
  private static final int HASH_DIGITS = 16;

  /** How images go through the networks. */
  Batching batching() {
    return execution.batching();
  }

  /** Side of all images, in pixels. */
  int imageSize() {
    return bundle.manifest().imageSize();
  }

  /** A study of the tilt with a given beta. */
  StudySpec study(int feature, double beta) {
    return study(feature, beta, spec.form(), spec.respacing());
  }

  /** The same with other steps. */
  StudySpec study(int feature, double beta, StepsSpec.Form form, String respacing) {
    return drawn(StudySpec.of(bundle, CompareSpec.unit(feature), beta), form, respacing);
  }

  /** The same with noise of its own: all that decides a cell but the features and methods. */
  CompareContext seeded(long seed) {
    return new CompareContext(
        spec.withSeed(seed),
        execution,
        bundle,
        models,
        files,
        pool,
        named,
        judged,
        corpus,
        device,
        shelf,
        lanes,
        folder,
        progress);
  }

  /** One of each seed of the comparison: the first is its own, the others follow it. */
  Stream<CompareContext> seeds() {
    return LongStream.range(0, spec.seeds()).mapToObj(more -> seeded(spec.seed() + more));
  }

  /** How progress tells seeds apart; empty where there is one. */
  String seedText() {
    return spec.seeds() == 1 ? "" : ", seed " + spec.seed();
  }

  /** Who says how good a photograph an image looks; empty without weights. */
  Optional<QualiClip> quality() {
    return Optional.ofNullable(spec.measures().qualiclip())
        .map(file -> shelf.qualiClip(file, device));
  }

  /** The bound over more steps that the spec asks for, of dequantised images; empty if none. */
  Optional<KeptBound> slowBound() {
    if (spec.measures().boundSteps() == null) {
      return Optional.empty();
    }
    int any = spec.features().get(0);
    String many = Integer.toString(spec.measures().boundSteps());
    StudySpec steps = study(any, 0.0, spec.form(), many);
    Prior prior = StudyModels.open(steps, shelf, device, Progress.SILENT).prior();
    return Optional.of(
        new KeptBound(VariationalBound.dequantised(prior), spec.seed(), Walk.SAVE_EVERY));
  }

  /** The study that finds the tilt of a feature, and draws its images. */
  StudySpec calibration(int feature, Target wanted) {
    AimSpec aim = new AimSpec.Wanted(wanted, spec.pilots());
    return drawn(StudySpec.of(bundle, CompareSpec.unit(feature), aim));
  }

  /** The study that draws exact samples of a feature, which finds their tilt by itself. */
  StudySpec exact(int feature, Target wanted) {
    AimSpec aim = new AimSpec.Wanted(wanted, null);
    StudySpec study = drawn(StudySpec.exact(bundle, CompareSpec.unit(feature), aim));
    return spec.pool() == null ? study : study.withPool(spec.pool());
  }

  private StudySpec drawn(StudySpec study) {
    return drawn(study, spec.form(), spec.respacing());
  }

  private StudySpec drawn(StudySpec study, StepsSpec.Form form, String respacing) {
    return study.withSteps(form, respacing).withCount(spec.count()).withSeed(spec.seed());
  }

  /** Draws the images of a study in a folder of its own, or returns what was drawn before. */
  StudyResult drawn(int feature, StudySpec study, Progress.Task task) throws IOException {
    return drawn(feature, study, models, null, task);
  }

  /** The same from the pool of the comparison. */
  StudyResult drawn(int feature, StudySpec study, SharedPool from, Progress.Task task)
      throws IOException {
    return drawn(feature, study, joined(models, pool), from, task);
  }

  private StudyResult drawn(
      int feature, StudySpec study, Map<String, String> hashes, SharedPool from, Progress.Task task)
      throws IOException {
    String identity = RunIdentity.of(Compare.COMMAND, study, hashes, null, execution);
    String where = folderOf(feature, study.guidance().word() + "-study", identity);
    Study.Run run = new Study.Run(Compare.COMMAND, study, execution, hashes, System.nanoTime());
    return Study.draw(run, shelf, from, folder.resolve(where), task).within(where);
  }

  /** Hashes of all files that decide a number. */
  Map<String, String> allFiles() {
    return joined(pooledFiles(), named);
  }

  /** The same without those of one method only. */
  private Map<String, String> pooledFiles() {
    return joined(files, pool);
  }

  /** Names of the models that a method's own settings name. */
  private Stream<String> modelsOf(Method method) {
    return method instanceof SettableMethod<?> settable
        ? settable.modelSettings().stream()
            .flatMap(name -> Stream.ofNullable(settings(method).get(name)))
        : Stream.of();
  }

  /** Hashes of those models. */
  private Map<String, String> named(Method method) {
    List<String> models = modelsOf(method).toList();
    Map<String, String> own = new TreeMap<>(named);
    own.keySet()
        .removeIf(
            file ->
                models.stream()
                    .noneMatch(model -> file.equals(model) || file.startsWith(model + "/")));
    return own;
  }

  private static Map<String, String> joined(Map<String, String> some, Map<String, String> more) {
    Map<String, String> all = new TreeMap<>(some);
    all.putAll(more);
    return all;
  }

  /** Whether the numbers of a method depend on the pool. */
  boolean looksAtPool(Method method) {
    return judged || method.startsFromPool();
  }

  /** The prior's networks, which are told a text. */
  TextPrior textPrior() {
    return shelf.textPrior(bundle.models().prior(), bundle.models().priorOptions(), device);
  }

  /** The spec's settings of one method, without its name. */
  Map<String, String> settings(Method method) {
    return spec.settings(method);
  }

  /** All that decides the comparison. */
  String identity() {
    return RunIdentity.of(Compare.COMMAND, spec, allFiles(), corpus, execution);
  }

  /** All that decides the images and numbers of one method on one feature. */
  String identity(int feature, Method method) {
    Map<String, Object> cell = new LinkedHashMap<>();
    cell.put("feature", feature);
    cell.put("method", method);
    cell.put("count", spec.count());
    cell.put("target", spec.target());
    cell.put("form", spec.form().text());
    cell.put("respacing", spec.respacing());
    cell.put("settings", settings(method));
    cell.put("measures", spec.measures());
    cell.put("seed", spec.seed());
    cell.putAll(told());
    cell.putAll(method.decidedBy(spec));
    boolean pooled = looksAtPool(method);
    cell.put("pool", pooled ? spec.pool() : null);
    Map<String, String> own = joined(pooled ? pooledFiles() : files, named(method));
    return RunIdentity.of(Compare.COMMAND, cell, own, corpus, execution);
  }

  /** The folder, below the comparison's, of what an identity describes. */
  private String folderOf(int feature, String name, String identity) {
    return "feature-" + feature + "/" + named(name, identity);
  }

  /** The folder, below the comparison's, of a method on a feature. */
  String where(int feature, Method method) {
    return folderOf(feature, method.key(), identity(feature, method));
  }

  /** The file, below the comparison's folder, that keeps what the corpus says of a feature. */
  String about(int feature) {
    List<Object> decides = List.of(feature, spec.target());
    String identity = RunIdentity.of(Compare.COMMAND, decides, files, corpus, execution);
    return folderOf(feature, "corpus", identity) + ".json";
  }

  /** The name of what several cells share: another of each thing that decides it. */
  String shared(String what) {
    Object decides = told().isEmpty() ? what : List.of(what, told());
    return named(what, RunIdentity.of(Compare.COMMAND, decides, files, corpus, execution));
  }

  /** What the prior is told beyond the bundle, whose files are hashed. */
  private Map<String, Object> told() {
    return spec.priorOptions().isEmpty()
        ? Map.of()
        : Map.of("priorOptions", new TreeMap<>(spec.priorOptions()));
  }

  private static String named(String name, String identity) {
    return name + "-" + Sha256.of(identity).substring(0, HASH_DIGITS);
  }
}
