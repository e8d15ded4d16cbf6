package org.tiltlens.models;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.tiltlens.bert.BertMasked;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.quality.QualiClip;
import org.tiltlens.torch.Device;
import org.tiltlens.vision.ClassHead;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.PooledModel;
import org.tiltlens.vision.TorchScriptNetwork;
import org.tiltlens.vision.VisionCheckpoint;
import org.tiltlens.vision.VisionModel;

/**
 * The networks of one job, each opened when it is first asked for and shared by all who ask again.
 *
 * <p>What it lends stays its own: nobody else closes it, and it is closed with the shelf. A store
 * that keeps networks between jobs, and closes what no job uses when memory is short, would stand
 * behind this: closing a job's shelf would then hand back instead of close.
 *
 * <p>The prior and the vision model compute in the device's {@link org.tiltlens.torch.Precision};
 * dictionaries, judges and what else tells numbers, in float32.
 *
 * <p>Threads may share a shelf; while one opens a network, others wait.
 */
public class ModelShelf implements AutoCloseable {
  /**
   * All that decides what is opened.
   *
   * @param last of a vision model: no further than it is loaded; null for all of it
   */
  private record Key(
      Class<?> kind, Path path, Map<String, String> options, HookPoint last, Device device) {}

  private final OpenModels open = new OpenModels();
  private final Map<Key, AutoCloseable> shelved = new HashMap<>();
  private final List<String> opened = new ArrayList<>();
  private boolean closed;

  /** The dictionary of a name in a spec. */
  public SparseDictionary dictionary(String name, Device device) {
    return get(
        SparseDictionary.class,
        name,
        Map.of(),
        null,
        device.inFull(),
        path ->
            ModelKind.DICTIONARY.open(path, () -> SparseDictionary.open(path, device.inFull())));
  }

  /**
   * A vision model up to a hook point, or all of it if that is here already.
   *
   * @param options what a TorchScript network's file cannot tell
   * @throws IllegalArgumentException if the hook point does not exist, or the options say nothing
   */
  public synchronized VisionModel vision(
      String name, Map<String, String> options, HookPoint last, Device device) {
    Key whole = key(PooledModel.class, name, options, null, device);
    if (shelved.get(whole) instanceof PooledModel model) {
      model.require(last);
      return model;
    }
    // A program is loaded as a whole, wherever it is read.
    HookPoint loaded = VisionFile.isTorchScript(name) ? null : last;
    return get(
        VisionModel.class,
        name,
        options,
        loaded,
        device,
        path -> VisionFile.open(name, options, last, device));
  }

  /** All of a vision model that sums an image up in one vector. */
  public PooledModel pooled(String name, Device device) {
    return get(
        PooledModel.class,
        name,
        Map.of(),
        null,
        device,
        path ->
            ModelKind.VISION.open(
                path, () -> VisionCheckpoint.open(path, device, Optional.empty())));
  }

  /**
   * The judge of a bundle; empty if it has none.
   *
   * @throws IllegalArgumentException if the hook point does not exist
   */
  public Optional<OpenJudge> judge(Bundle bundle, Device device) {
    return Optional.ofNullable(bundle.manifest().judge())
        .map(
            judge ->
                new OpenJudge(
                    pooled(bundle.named(judge.vision()), device.inFull()),
                    head(bundle.named(judge.head()), device.inFull()),
                    HookPoint.parse(judge.hook())));
  }

  private ClassHead head(String name, Device device) {
    return get(ClassHead.class, name, Map.of(), null, device, path -> ClassHead.open(path, device));
  }

  /** A TorchScript network whose output is taken as it is. */
  public TorchScriptNetwork network(String name, Device device) {
    return get(
        TorchScriptNetwork.class,
        name,
        Map.of(),
        null,
        device.inFull(),
        path -> TorchScriptNetwork.open(path, device.inFull()));
  }

  /** What tells how good a photograph an image looks; its files are {@link QualiClip#names}. */
  public QualiClip qualiClip(String name, Device device) {
    Device full = device.inFull();
    return get(QualiClip.class, name, Map.of(), null, full, path -> QualiClip.open(path, full));
  }

  /**
   * The prior of a spec's models; all schedules share one network.
   *
   * @throws IllegalArgumentException if the options do not fit the network
   */
  public Prior prior(ModelFiles models, NoiseSchedule schedule, Device device) {
    return prior(models.prior(), models.priorOptions(), schedule, device);
  }

  /** The same of a prior that is named by itself. */
  public Prior prior(
      String name, Map<String, String> options, NoiseSchedule schedule, Device device) {
    Path file = Named.resolve(name);
    if (ModelKind.PRIOR.open(file, () -> TextPrior.isOne(file))) {
      return textPrior(name, options, device).prior(Prompt.of(options), schedule);
    }
    PriorNetwork network =
        get(
            PriorNetwork.class,
            name,
            options,
            null,
            device,
            path -> PriorFile.open(path, options, device));
    return network.prior(schedule);
  }

  /**
   * A prior that is told a text, for any prompt.
   *
   * @param options of the prior; the prompt among them must be one for it, and does not matter
   * @throws IllegalArgumentException if it is told none, or the options do not fit
   */
  public TextPrior textPrior(String name, Map<String, String> options, Device device) {
    Map<String, String> networks = TextPrior.withoutPrompt(options);
    return get(
        TextPrior.class,
        name,
        networks,
        null,
        device,
        path ->
            ModelKind.PRIOR.open(
                path,
                () -> {
                  TextPrior.requireTold(path, options);
                  return TextPrior.open(path, networks, device);
                }));
  }

  /**
   * A masked language model, in float32.
   *
   * @param name of its folder
   */
  public BertMasked languageModel(String name, Device device) {
    Device full = device.inFull();
    return get(BertMasked.class, name, Map.of(), null, full, path -> BertMasked.open(path, full));
  }

  /** What was opened so far, by the names in specs, in order. */
  public synchronized List<String> opened() {
    return List.copyOf(opened);
  }

  private static Key key(
      Class<?> kind, String name, Map<String, String> options, HookPoint last, Device device) {
    Path path = Named.resolve(name).toAbsolutePath().normalize();
    return new Key(kind, path, Map.copyOf(options), last, device);
  }

  private synchronized <T extends AutoCloseable> T get(
      Class<T> kind,
      String name,
      Map<String, String> options,
      HookPoint last,
      Device device,
      Function<Path, T> opening) {
    if (closed) {
      throw new IllegalStateException("'" + name + "' was asked for after its shelf was closed");
    }
    Key key = key(kind, name, options, last, device);
    AutoCloseable there = shelved.get(key);
    if (there == null) {
      there = open.with(opening.apply(Named.resolve(name)));
      shelved.put(key, there);
      opened.add(name);
    }
    return kind.cast(there);
  }

  @Override
  public synchronized void close() {
    closed = true;
    shelved.clear();
    open.close();
  }
}
