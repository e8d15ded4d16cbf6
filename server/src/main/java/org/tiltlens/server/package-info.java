/**
 * The studio: a bundle's features and the jobs that draw them, over HTTP, as pages and as JSON.
 *
 * <p>It holds specs, folders and rows, and starts work by {@code jobs} alone; nothing in it knows
 * the tensor engine.
 */
package org.tiltlens.server;
