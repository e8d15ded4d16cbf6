package org.tiltlens.models;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.Autoencoder;
import org.tiltlens.diffusion.ClassifierFree;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.LatentPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.run.SpecException;
import org.tiltlens.text.ClipText;
import org.tiltlens.text.ClipTokenizer;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.unet.ConditionalUnet;
import org.tiltlens.unet.ContextDenoiser;
import org.tiltlens.unet.DiffusersTextPrior;
import org.tiltlens.unet.LatentCheckpoint;

/**
 * A latent diffusion model that is told a text (Stable Diffusion 1 and 2): all its networks, of
 * which each context makes another prior.
 *
 * <pre>
 * words -> tokens -> context (1, L, C)      z ~ p(z | context)      x = D(z)
 * </pre>
 *
 * <p>Rombach et al. 2022, section 3.3, with the text encoder of Radford et al. 2021. A context may
 * be made of vectors that no word has, with a gradient back to them. Priors share the networks,
 * which close with this; threads may share it.
 */
public final class TextPrior implements AutoCloseable {
  /** The published vocabulary, which comes with Tiltlens. */
  private static final int PUBLISHED = 49_408;

  private static final Set<String> OF_FOLDERS =
      Set.of(
          Prompt.TEXT,
          Prompt.NEGATIVE,
          Prompt.SCALE,
          KnownPriorOptions.TOKENIZER,
          "image_size",
          "prediction",
          "sigma_small",
          "clip_denoised");

  private static final Set<String> OF_FILES =
      Set.of(
          Prompt.TEXT,
          Prompt.NEGATIVE,
          Prompt.SCALE,
          KnownPriorOptions.TOKENIZER,
          "image_size",
          "prediction",
          "sigma_small",
          "clip_denoised",
          "scale_factor",
          "num_heads",
          "num_head_channels");

  private final OpenModels open;
  private final Words words;
  private final ClipText encoder;
  private final ConditionalUnet network;
  private final Autoencoder autoencoder;
  private final int side;
  private final DiffusionPrior.Options options;
  private final Map<String, Tensor> contexts = new HashMap<>();

  private TextPrior(
      OpenModels open,
      Words words,
      ClipText encoder,
      ConditionalUnet network,
      Autoencoder autoencoder,
      int side,
      DiffusionPrior.Options options) {
    this.open = open;
    this.words = words;
    this.encoder = encoder;
    this.network = network;
    this.autoencoder = autoencoder;
    this.side = side;
    this.options = options;
  }

  /**
   * How words become what the encoder is told.
   *
   * @param padding the id that fills a prompt up
   */
  private record Words(ClipTokenizer tokenizer, int padding) {
    /**
     * Of a prior's files.
     *
     * @param source folder or list of merges; null for the published one
     * @param vocabulary tokens that the encoder knows
     */
    static Words of(Path prior, String source, int vocabulary) {
      if (source == null && vocabulary != PUBLISHED) {
        throw new SpecException(
            "'%s' has a text encoder of %s tokens and no tokenizer: give {priorOption}"
                + " tokenizer=DIR, a folder with vocab.json and merges.txt, or tokenizer=FILE, a"
                + " list of merges",
            prior, vocabulary);
      }
      Path path = source == null ? null : Named.resolve(source);
      ClipTokenizer tokenizer = path == null ? ClipTokenizer.published() : ClipTokenizer.open(path);
      if (tokenizer.size() > vocabulary) {
        throw new CheckpointException(
            "the tokenizer of '%s' has %d tokens, its text encoder knows %d"
                .formatted(prior, tokenizer.size(), vocabulary));
      }
      // A list of merges alone does not say how it pads: as Stable Diffusion 1, by the end token.
      boolean says = path != null && Files.isDirectory(path);
      return new Words(tokenizer, says ? tokenizer.padding() : tokenizer.end());
    }

    /** Refuses a text that is longer than an encoder of so many tokens reads. */
    void requireRead(String text, int context) {
      int tokens = tokenizer.encode(text).length;
      int most = context - 2; // start and end
      if (tokens > most) {
        throw new SpecException(
            "a prompt of %s tokens, the prior's text encoder reads at most %s: shorten '%s'",
            tokens, most, text);
      }
    }
  }

  /** What a pipeline or a file reads prompts by, unless it is said. */
  private static String tokenizer(Path path, Map<String, String> stated) {
    return stated.getOrDefault(
        KnownPriorOptions.TOKENIZER, Files.isDirectory(path) ? path.toString() : null);
  }

  /**
   * Refuses what a prior that is told a text cannot be told, by its headers and its tokenizer
   * alone.
   *
   * @throws SpecException if a text is longer than its encoder reads, or guidance leads nowhere
   */
  static void requireTold(Path path, Map<String, String> stated) {
    Prompt prompt = Prompt.of(stated);
    prompt.requireWay();
    if (prompt.text().isEmpty() && prompt.negative().isEmpty()) {
      return;
    }
    ClipText.Reads reads = ClipText.reads(path);
    Words words = Words.of(path, tokenizer(path, stated), reads.vocabulary());
    words.requireRead(prompt.text(), reads.context());
    words.requireRead(prompt.negative(), reads.context());
  }

  /**
   * Refuses a prior whose words or whose encoder cannot be read, by its headers and its tokenizer
   * alone.
   *
   * @throws CheckpointException if one of them is damaged, or they do not fit
   */
  static void requireWords(Path path) {
    ClipText.describe(path);
    // One in a file is given beside it, or the published one.
    if (Files.isDirectory(path)) {
      Words.of(path, path.toString(), ClipText.reads(path).vocabulary());
    }
  }

  /** Whether a file or folder holds one. */
  public static boolean isOne(Path path) {
    if (Files.isDirectory(path) || Checkpoints.isProgram(path)) {
      return DiffusersTextPrior.isOne(path);
    }
    try (TensorStore store = Parts.open(path)) {
      return LatentCheckpoint.isText(store);
    }
  }

  /**
   * Opens one: a pipeline of diffusers, or a checkpoint in one file as CompVis saves it.
   *
   * @param stated what a spec says of it beside the prompt: {@code tokenizer}, {@code image_size}
   *     (side of the latents), {@code scale_factor}, ...
   * @throws CheckpointException if it is none, or its weights do not fit; one line
   * @throws IllegalArgumentException if options are missing or wrong
   */
  public static TextPrior open(Path path, Map<String, String> stated, Device device) {
    OpenModels open = new OpenModels();
    try {
      ClipText encoder = open.with(ClipText.open(path, device.inFull()));
      Optional<DiffusersTextPrior> pipeline = DiffusersTextPrior.in(path);
      TextPrior prior =
          pipeline.isPresent()
              ? ofPipeline(open, path, pipeline.get(), encoder, stated, device)
              : ofFile(open, path, encoder, stated, device);
      if (encoder.width() != prior.network.contextChannels()) {
        throw new CheckpointException(
            "'%s' has a text encoder of %d channels, its UNet wants a context of %d"
                .formatted(path, encoder.width(), prior.network.contextChannels()));
      }
      return prior;
    } catch (RuntimeException | Error e) {
      open.close();
      throw e;
    }
  }

  private static TextPrior ofPipeline(
      OpenModels open,
      Path path,
      DiffusersTextPrior pipeline,
      ClipText encoder,
      Map<String, String> stated,
      Device device) {
    KnownPriorOptions.requireRead(
        stated, OF_FOLDERS, "a pipeline of diffusers, whose files say it");
    return new TextPrior(
        open,
        Words.of(path, tokenizer(path, stated), encoder.vocabulary()),
        encoder,
        open.with(pipeline.load(device)),
        open.with(pipeline.autoencoder(device)),
        pipeline.side(stated),
        pipeline.options(stated));
  }

  private static TextPrior ofFile(
      OpenModels open, Path path, ClipText encoder, Map<String, String> stated, Device device) {
    KnownPriorOptions.requireRead(stated, OF_FILES, "a checkpoint that is told a text");
    try (TensorStore store = Parts.open(path)) {
      Map<String, String> all = new HashMap<>(store.metadata());
      all.putAll(stated);
      int side = LatentCheckpoint.side(store, all);
      return new TextPrior(
          open,
          Words.of(path, tokenizer(path, stated), encoder.vocabulary()),
          encoder,
          open.with(LatentCheckpoint.loadText(store, all, device)),
          open.with(LatentCheckpoint.autoencoder(store, all, device)),
          side,
          LatentCheckpoint.textOptions(all));
    }
  }

  /** The tokenizer of its words. */
  public ClipTokenizer tokenizer() {
    return words.tokenizer();
  }

  /** The encoder of its tokens, in float32. */
  public ClipText encoder() {
    return encoder;
  }

  /**
   * What the encoder is told of a text: start, its tokens, end, padding.
   *
   * @return L ids
   * @throws SpecException if the text is longer than the encoder reads
   */
  public long[] ids(String text) {
    words.requireRead(text, encoder.contextLength());
    return words.tokenizer().ids(text, encoder.contextLength(), words.padding());
  }

  /** What the UNet is told of a text, (1, L, C), a tensor of the caller's scope. */
  public Tensor context(String text) {
    return Scope.of(() -> encoder.encode(ids(text)).lastHiddenState());
  }

  /**
   * What the UNet is told of vectors in place of tokens; differentiable with respect to them.
   *
   * @param tokenEmbeddings (1, L, C), such as {@link ClipText#tokenEmbeddings} of {@link #ids}
   */
  public Tensor context(Tensor tokenEmbeddings) {
    int last = Math.toIntExact(tokenEmbeddings.size(1)) - 1; // only the pooled vector is there
    return Scope.of(() -> encoder.encode(tokenEmbeddings, last).lastHiddenState());
  }

  /**
   * The prior of a context: p(x | context), or beyond it by classifier-free guidance. It computes
   * by these networks and is not closed; its predictions have a gradient with respect to contexts
   * that ask for one.
   *
   * @param context (1, L, C), which stays the caller's, and must live as long as the prior
   * @param negative what guidance leads away from, such as the context of the empty text; null
   *     where the scale is 1
   * @param scale w of {@link ClassifierFree}, which at 1 is one pass of the network
   */
  public LatentPrior prior(Tensor context, Tensor negative, double scale, NoiseSchedule schedule) {
    Denoiser told = new ContextDenoiser(network, context, side);
    Denoiser guided =
        scale == 1
            ? told
            : new ClassifierFree(told, new ContextDenoiser(network, negative, side), scale);
    return new LatentPrior(new DiffusionPrior(guided, schedule, options), autoencoder);
  }

  /**
   * The prior of a prompt; its contexts live as long as this.
   *
   * @throws SpecException if its guidance leads from a text away from the same
   */
  public Prior prior(Prompt prompt, NoiseSchedule schedule) {
    prompt.requireWay();
    Tensor context = kept(prompt.text());
    Tensor negative = prompt.scale() == 1 ? null : kept(prompt.negative());
    return prior(context, negative, prompt.scale(), schedule);
  }

  private synchronized Tensor kept(String text) {
    return contexts.computeIfAbsent(text, told -> Scope.keepForever(context(told)));
  }

  /** What of a prior's options decides which networks are opened, whatever they are told. */
  static Map<String, String> withoutPrompt(Map<String, String> options) {
    Map<String, String> networks = new HashMap<>(options);
    networks.keySet().removeAll(Prompt.NAMES);
    return networks;
  }

  /**
   * One line on one; empty if it is none.
   *
   * @param store its tensors; of a pipeline, its UNet's
   * @throws CheckpointException if it is one that cannot be loaded
   */
  static Optional<String> describe(Path path, TensorStore store) {
    return DiffusersTextPrior.in(path)
        .map(pipeline -> pipeline.describe(store))
        .or(
            () ->
                LatentCheckpoint.isText(store)
                    ? LatentCheckpoint.describe(store)
                    : Optional.empty())
        .map(model -> model + "; the context is of a " + ClipText.describe(path));
  }

  @Override
  public synchronized void close() {
    contexts.values().forEach(Scope::release);
    contexts.clear();
    open.close();
  }
}
