/** Every command by its name: a spec in, a finished folder and its result out. */
package org.tiltlens.jobs;
