/** What is measured of a finished picture: its score, its bits per dimension, its heat maps. */
package org.tiltlens.measuring;
