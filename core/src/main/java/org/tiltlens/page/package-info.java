/**
 * What pages share: numbers with their places in the JSON, rows of pictures, the template engine.
 *
 * <p>Serves the commands: not for use from outside, and free to change.
 */
package org.tiltlens.page;
