package org.tiltlens.compare;

import org.tiltlens.models.Preset;
import org.tiltlens.run.SpecException;
import org.tiltlens.synthesis.FourierAscent;
import org.tiltlens.synthesis.MacoAscent;
import org.tiltlens.synthesis.PixelAscent;
import org.tiltlens.synthesis.VitalAscent;

/**
 * Every method's own settings: its authors' defaults for images of a size, and what the spec says
 * otherwise.
 */
record CompareSettings(
    Constant constant,
    PixelAscent.Settings pixel,
    FourierAscent.Settings fourier,
    MacoAscent.Settings maco,
    VitalAscent.Settings vital) {

  /**
   * The published constant scale.
   *
   * @param cap score above which nothing is pushed; 0 stands for the activation wanted
   */
  record Constant(double scale, double cap, int steps) {
    private static final Constant DEFAULTS =
        new Constant(Preset.energydps.scale(), 0, Integer.parseInt(Preset.energydps.respacing()));
  }

  /**
   * The settings of a comparison.
   *
   * @throws IllegalArgumentException if a method or setting does not exist, or a value is refused
   */
  static CompareSettings of(CompareContext context) {
    for (String setting : context.spec().settings().keySet()) {
      CompareMethod method = CompareMethod.of(setting.split("\\.", 2)[0]);
      requireSettings(method);
      if (!context.spec().methods().contains(method)) {
        throw new SpecException(
            "setting '%s' is of a method that is not compared: add %s to {methods}, or leave it"
                + " out",
            setting, method.key());
      }
    }
    int size = context.bundle().manifest().imageSize();
    return new CompareSettings(
        changed(Constant.DEFAULTS, CompareMethod.CONSTANT, context),
        changed(PixelAscent.Settings.DEFAULTS, CompareMethod.PIXEL, context),
        changed(FourierAscent.Settings.forSize(size), CompareMethod.FOURIER, context),
        changed(MacoAscent.Settings.DEFAULTS, CompareMethod.MACO, context),
        changed(VitalAscent.Settings.forSize(size), CompareMethod.VITAL, context));
  }

  private static void requireSettings(CompareMethod method) {
    if (!method.isAscent() && method != CompareMethod.CONSTANT) {
      throw new SpecException(
          "method '%s' has no settings of its own: it follows {count}, {respacing},"
              + " {targetPercentile}, {pilots} and {particles}",
          method.key());
    }
  }

  private static <R extends Record> R changed(
      R defaults, CompareMethod method, CompareContext context) {
    return RecordSettings.with(defaults, context.settings(method), method.key());
  }
}
