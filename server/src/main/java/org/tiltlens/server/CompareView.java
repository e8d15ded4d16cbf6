package org.tiltlens.server;

import java.util.ArrayList;
import java.util.List;
import org.tiltlens.compare.Method;
import org.tiltlens.compare.Methods;

/**
 * The page that compares methods on a feature.
 *
 * @param feature its index
 * @param said what the form says
 * @param chosen keys of the methods that are compared
 * @param words what is compared; null if there can be nothing
 * @param started the comparison that the form asks for; null if there can be none
 * @param refused why there can be none; null otherwise
 */
record CompareView(
    BundleView bundle,
    int feature,
    Said said,
    List<String> chosen,
    String words,
    StartedView started,
    String refused) {
  /** What can be compared: each is a field of its key. */
  static final List<Method> METHODS = Methods.USUAL;

  CompareView {
    chosen = List.copyOf(chosen);
  }

  /** Names of the form's fields. */
  static String[] fields() {
    List<String> names = new ArrayList<>(List.of("level", "count"));
    METHODS.forEach(method -> names.add(method.key()));
    return Said.withSteps(names.toArray(String[]::new));
  }

  boolean isChosen(Method method) {
    return chosen.contains(method.key());
  }
}
