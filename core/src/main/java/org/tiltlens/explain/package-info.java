/**
 * The command {@code explain}: why a given picture drives a unit.
 *
 * <pre id="explain">{@code
 * ModelFiles models = bundle.models();
 * ExplainSpec spec =
 *     new ExplainSpec(
 *         picture,
 *         models.vision(),
 *         models.visionOptions(),
 *         models.hook(),
 *         models.dictionary(),
 *         "feature:3@pre",
 *         "mix:0.7",
 *         0.5, // the central half of the map
 *         bundle.manifest().framing(),
 *         null,
 *         8, // occlude 8 x 8 pixels,
 *         4, // every 4 pixels
 *         models.harvest(),
 *         0, // no probe of shape, texture and colour
 *         null,
 *         Integer.MAX_VALUE,
 *         45);
 * ExplainResult result =
 *     Jobs.EXPLAIN.run(spec, EXECUTION, folder.resolve("out"), Progress.SILENT);
 * result.results().get(0).maps().forEach(map -> System.out.println(map.file()));
 * }</pre>
 */
package org.tiltlens.explain;
