package org.tiltlens.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Something that both sides can compute. */
interface Computation extends AutoCloseable {
  /** What it is, for people. */
  String words();

  /** How many images it computes together. */
  int images();

  /** Whether it is reported as images a second rather than as the time it takes. */
  boolean isThroughput();

  /** The ways in which the Python side does the same. */
  List<Way> ways();

  /**
   * Its inputs and what Tiltlens computes of them, by the names of the Python side.
   *
   * @return tensors of the caller's scope
   */
  Map<String, Tensor> example();

  /** Seconds that Tiltlens takes to compute it so many times. */
  double seconds(int iterations);

  @Override
  void close();

  /**
   * A way of the Python side.
   *
   * @param words what it is, for people; empty if there is only one
   * @param request what the Python side is told
   */
  record Way(String words, ObjectNode request) {}
}
