package org.tiltlens.page;

import java.util.Locale;
import org.tiltlens.run.PercentileText;

/** What a number on the page measures: its sign, its unit and how many digits of it are shown. */
public enum Quantity {
  SCORE(
      "score",
      "s",
      3,
      "",
      "how strongly an image drives the feature: its activation map, reduced to one number per"
          + " image; no unit"),
  SCORE_SHOWN(
      "score of those shown",
      "s",
      3,
      "",
      "mean score of the row's own images: a few draws of the tilt, so it varies about E[s] by"
          + " chance"),
  PERCENTILE(
      "percentile",
      "P",
      2,
      "",
      "where a score stands among the scores of the corpus' images, in percent: 99 is above"
          + " 99\u00a0% of them, 100 above all"),
  BITS_PER_DIM(
      "bits/dim",
      "b",
      3,
      "",
      "how unlikely the prior finds an image: the variational bound of −log₂ p(x) over the run's"
          + " own steps, divided by the number of its pixels times channels; with few steps it is"
          + " mostly what the last two say, so no measure of naturalness by itself. Of a prior of"
          + " latents it is a bound for the latent that the encoder gives the image, per dimension"
          + " of the latent: it may be negative, and is not to be held against one of pixels"),
  BITS_OF_LAST_STEPS(
      "bits/dim, last two steps",
      "b",
      3,
      "",
      "the part of bits/dim that the last two sampling steps have: whether flat places are flat and"
          + " backgrounds of the training images' own level"),
  SLOW_BITS_PER_DIM(
      "bits/dim, slow bound",
      "b",
      3,
      "",
      "the variational bound over more steps, of images whose levels are spread over their widths"),
  BITS_RATIO(
      "× unguided",
      "",
      2,
      " × unguided",
      "mean bits/dim over that of the unguided samples: near 1, they are as likely as the"
          + " prior's own"),
  PATH_KL(
      "path KL",
      "",
      2,
      " nats",
      "how far guidance moved the sampling paths from the prior's: an upper bound, in nats, of"
          + " KL(q ‖ p) for the distribution q that was sampled"),
  KL(
      "KL",
      "",
      2,
      " nats",
      "how far the tilt is from the natural images that it tilts, those of the prior or of a"
          + " corpus: KL(q ‖ p), in nats, of the tilt q"),
  STANDARD_ERROR(
      "standard error",
      "±",
      2,
      "",
      "of the number before it, by the estimator that run.json names; of a pool's or corpus'"
          + " weights it is widened for the tail that they have not seen"),
  EFFECTIVE_PATHS(
      "effective paths",
      "",
      0,
      " paths",
      "how many equally likely images of the prior the tilt's numbers are worth, of all that were"
          + " drawn once for every feature: below 30, take them as rough"),
  BETA("tilt", "β", 3, "", "strength of the tilt p(x) exp(β s(x)), in nats per unit of score"),
  FREQUENCY("active on", "", 2, " %", "share of the corpus' images on which the feature is active"),
  SCORE_AFTER_TOPK(
      "after top-K",
      "",
      3,
      "",
      "the score after the dictionary's activation function: 0 where stronger features leave this"
          + " one no place, as they may on images that drive it hard"),
  SCORE_OF_TARGET("score / wanted", "", 2, "", "mean score over the one that was aimed at"),
  OWN_SCORE("score of own views", "", 3, "", "mean score over views such as an ascent looked at"),
  OWN_SCORE_OF_TARGET(
      "own views / wanted",
      "",
      2,
      "",
      "mean score over views such as an ascent looked at (transformed, cropped), over the one that"
          + " was aimed at"),
  KL_PAID(
      "KL paid",
      "",
      2,
      " nats",
      "how far the distribution that a method draws from is from the natural images; for plug-in"
          + " guidance an upper bound, by its paths; infinite for a method that climbs to a point"),
  KL_FROM_IMAGES(
      "KL from images",
      "",
      2,
      " nats",
      "KL of what was drawn from the corpus, estimated by nearest neighbours among the images"
          + " alone, no diffusion model in it; hold it against natural images"),
  ACTIVE_SHARE(
      "active",
      "",
      0,
      " %",
      "share of a method's images on which the feature is active after the dictionary's activation"
          + " function"),
  RANK(
      "rank",
      "",
      1,
      "",
      "place of the feature among all features by their scores on the image, 1 the strongest; of"
          + " several images the median"),
  FRECHET_SAME_SCORE(
      "Fréchet, same score",
      "",
      2,
      "",
      "Fréchet distance from images of the corpus with the same mean score: what a method adds to"
          + " the feature; biased upwards by few images, so hold it against the floor"),
  FRECHET_CORPUS(
      "Fréchet, corpus",
      "",
      2,
      "",
      "Fréchet distance from all of the corpus, which includes what the feature itself asks for"),
  KERNEL_SAME_SCORE(
      "kernel, same score", "", 3, "", "kernel distance from images of the same mean score"),
  KERNEL_CORPUS("kernel, corpus", "", 3, "", "kernel distance from all of the corpus"),
  PRECISION("precision", "", 2, "", "share of the images that lie among those of the same score"),
  RECALL("recall", "", 2, "", "share of the images of the same score that lie among a method's"),
  DENSITY(
      "density",
      "",
      2,
      "",
      "how densely the images of the same score surround a method's; 1 for images like them"),
  COVERAGE(
      "coverage",
      "",
      2,
      "",
      "share of the images of the same score that have one of the method's near"),
  QUALITY(
      "QualiCLIP",
      "",
      3,
      "",
      "how good a photograph an image looks, from 0 to 1, to a network of images and words; no"
          + " reference in it"),
  HIGH_FREQUENCY(
      "high frequency",
      "",
      2,
      " ×",
      "share of the spectral energy above half of Nyquist's frequency, over the corpus' mean"
          + " share"),
  DIVERSITY("diversity", "", 3, "", "mean pairwise cosine distance of a method's images"),
  VENDI_SCORE("Vendi score", "", 2, "", "effective number of different images"),
  SECONDS(
      "s/image",
      "",
      2,
      "",
      "wall-clock seconds that drawing an image took; opening models, finding β and measuring"
          + " apart"),
  SECONDS_FINDING_BETA(
      "s finding β",
      "",
      2,
      "",
      "wall-clock seconds of the short runs that found a feature's β; those that became its images"
          + " count as drawing"),
  CLASSES(
      "TV of classes",
      "",
      2,
      "",
      "total variation, from 0 to 1, between the classes of a method's images and those of the"
          + " exact tilt it was aimed at (all images of the pool by weight), as a network sees both"
          + " that guided nothing; lower is better, and about its floor is as good as it gets;"
          + " exact samples are of that same pool"),
  CLASSES_FLOOR(
      "TV floor",
      "",
      2,
      "",
      "mean total variation of as many independent draws from the exact tilt: what chance alone"
          + " gives"),
  SEEN(
      "rise seen",
      "",
      1,
      " %",
      "share of the mean score's rise above the corpus' that a network which guided nothing sees"
          + " too, by the one of its channels that goes with the score on the corpus: higher is"
          + " better, up to that of the exact tilt, not to 100 %"),
  SEEN_ERROR("rise seen, ±", "", 1, " %", "its standard error"),
  TILT_SEEN(
      "rise seen, tilt",
      "",
      1,
      " %",
      "the same share of the exact tilt itself, all images of the pool by weight: one channel sees"
          + " little even of what is natural"),
  TILT_SEEN_ERROR("rise seen, tilt, ±", "", 1, " %", "its standard error"),
  HEAT("heat", "", 3, "", "a value of a heat map, in units of the score"),
  KEPT(
      "kept",
      "",
      0,
      " %",
      "what is left of the score of the unit's top images above the corpus' mean score, once"
          + " something is taken from the images: 100 % for a unit that does not miss it"),
  CLASS_SHARE(
      "class",
      "",
      0,
      " %",
      "share of a class among the images of the tilt, as a network sees them that guided nothing:"
          + " all images of the pool by weight, not only those shown"),
  CLASS_SHARE_OF_PRIOR("class, prior", "of", 0, " %", "the same among the prior's own images"),
  LOG_Z(
      "log Z",
      "",
      2,
      "",
      "logarithm of the mean of exp(β s) over the natural images: what the tilt divides by"),
  EFFECTIVE_IMAGES(
      "effective images",
      "",
      0,
      " images",
      "how many equally likely images of the corpus the tilt's numbers are worth"),
  WEIGHT("weight", "w", 2, " %", "an image's share of the tilt");

  private final String label;
  private final String sign;
  private final int decimals;
  private final String unit;
  private final String meaning;

  Quantity(String label, String sign, int decimals, String unit, String meaning) {
    this.label = label;
    this.sign = sign;
    this.decimals = decimals;
    this.unit = unit;
    this.meaning = meaning;
  }

  /** Its name, a word or two. */
  public String label() {
    return label;
  }

  /** The letter before its numbers; empty if they need none. */
  public String sign() {
    return sign;
  }

  /** One sentence without its full stop. */
  public String meaning() {
    return meaning;
  }

  /** Its name in a page's attributes. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** A value with its unit, rounded for reading. */
  public String text(double value) {
    if (this == PERCENTILE) {
      return PercentileText.of(value);
    }
    double shown = unit.equals(" %") ? 100 * value : value;
    String number = String.format(Locale.ROOT, "%." + decimals + "f", shown);
    // "1 path", but "1.00 nats", which is a measure and no count.
    return number.equals("1") && unit.endsWith("s")
        ? number + unit.substring(0, unit.length() - 1)
        : number + unit;
  }
}
