/**
 * What pages share: numbers with their places in the JSON, rows of pictures, the template engine.
 */
package org.tiltlens.page;
