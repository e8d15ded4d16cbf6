/**
 * What the names in a spec open: networks, bundles, presets, and the hashes that say which they
 * were.
 */
package org.tiltlens.models;
