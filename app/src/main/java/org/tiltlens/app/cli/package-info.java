/** The command line: parse, call a study, show. */
package org.tiltlens.app.cli;
