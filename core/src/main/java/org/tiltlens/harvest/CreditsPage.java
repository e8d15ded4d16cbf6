package org.tiltlens.harvest;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The page that credits every image of a corpus: licence by licence, works of one credit together.
 *
 * @param bundle whose corpus it is
 * @param licence licence and source in a line
 * @param licences licence -> its works
 */
record CreditsPage(String bundle, String licence, Map<String, List<Work>> licences) {
  /**
   * Images of one credit.
   *
   * @param first one of them
   * @param images how many there are
   */
  record Work(Credit first, int images) {
    private Work andOneMore() {
      return new Work(first, images + 1);
    }
  }

  static CreditsPage of(String bundle, String licence, List<Credit> credits) {
    Map<String, Map<String, Work>> found = new TreeMap<>();
    for (Credit credit : credits) {
      found
          .computeIfAbsent(credit.licence(), name -> new LinkedHashMap<>())
          .merge(credit.credit(), new Work(credit, 1), (before, one) -> before.andOneMore());
    }
    Map<String, List<Work>> licences = new TreeMap<>();
    found.forEach((name, works) -> licences.put(name, List.copyOf(works.values())));
    return new CreditsPage(bundle, licence, licences);
  }
}
