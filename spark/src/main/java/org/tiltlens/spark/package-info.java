/**
 * Commands on Apache Spark: parts of a corpus as tasks, their results as files that every executor
 * sees, summed up in a tree; the same table by the same writer as on one machine.
 */
package org.tiltlens.spark;
