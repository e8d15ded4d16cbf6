package org.tiltlens.compare;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.Named;
import org.tiltlens.run.SpecException;

/** What a spec may say of its methods' own settings. */
final class CompareSettings {
  private CompareSettings() {}

  /**
   * Checks the settings of a comparison, so that a slip costs no drawing.
   *
   * @throws IllegalArgumentException if a method or setting does not exist, a value is refused, or
   *     the models are not what a method needs
   */
  static void require(CompareSpec spec, Bundle bundle) {
    for (String setting : spec.settings().keySet()) {
      if (!setting.contains(".")) {
        throw new SpecException(
            "{settings} '%s' names no method: expected METHOD.NAME=VALUE, such as constant.cap=15",
            setting);
      }
      Method method = method(setting.split("\\.", 2)[0], spec);
      if (!(method instanceof SettableMethod<?> settable)) {
        throw new SpecException(
            "method '%s' has no settings of its own: it follows {count}, {form}, {respacing},"
                + " {targetPercentile}, {pilots}, {particles} and {pool}",
            method.key());
      }
      if (!spec.methods().contains(method)) {
        throw new SpecException(
            "setting '%s' is of a method that is not compared: add %s to {methods}, or leave it"
                + " out",
            setting, method.key());
      }
      settable.settings(spec, bundle);
    }
    spec.methods().forEach(method -> method.require(spec, bundle));
  }

  /**
   * The models that settings of methods name.
   *
   * @throws IllegalArgumentException if there is no such file or folder
   */
  static List<String> models(CompareSpec spec) {
    List<String> models = new ArrayList<>();
    for (Method method : spec.methods()) {
      if (method instanceof SettableMethod<?> settable) {
        for (String name : settable.modelSettings()) {
          String model = spec.settings().get(method.key() + "." + name);
          if (model != null) {
            requireThere(method.key() + "." + name, model);
            models.add(model);
          }
        }
      }
    }
    return models;
  }

  private static void requireThere(String setting, String model) {
    if (!Files.exists(Named.resolve(model))) {
      throw new SpecException("{settings} %s: '%s' does not exist", setting, model);
    }
  }

  private static Method method(String key, CompareSpec spec) {
    return spec.methods().stream()
        .filter(method -> method.key().equals(key))
        .findFirst()
        .orElseGet(() -> Method.of(key));
  }
}
