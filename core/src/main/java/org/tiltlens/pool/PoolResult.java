package org.tiltlens.pool;

import java.util.Map;
import org.tiltlens.run.Execution;

/**
 * What a pool is; the content of its {@code run.json}.
 *
 * @param tiltlens release that made it
 * @param engine release of the tensor engine
 * @param command the command that ran, {@code pool}
 * @param spec which paths of which prior
 * @param execution how they were computed
 * @param modelSha256 the prior's files -> SHA-256, hexadecimal
 * @param seconds wall-clock seconds of drawing its latest paths in one process
 * @param side of its images in pixels
 * @param images zip of PNGs in its folder: where each path ends, in the paths' order
 * @param imagesSha256 its SHA-256, hexadecimal
 */
public record PoolResult(
    String tiltlens,
    String engine,
    String command,
    PoolSpec spec,
    Execution execution,
    Map<String, String> modelSha256,
    double seconds,
    int side,
    String images,
    String imagesSha256) {}
