/**
 * Parquet files, written and read by DuckDB inside this process.
 *
 * <p>Serves the commands: not for use from outside, and free to change.
 */
package org.tiltlens.parquet;
