/** The folder that a run owns, what the run was, how it is executed, and how far it is. */
package org.tiltlens.run;
