package org.tiltlens.page;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import java.io.IOException;
import java.nio.file.Path;
import org.tiltlens.run.WholeFile;

/** Makes pages from the templates in {@code src/main/jte}, which the build compiles. */
public final class Pages {
  static final String FILE = "index.html";

  private static final TemplateEngine TEMPLATES =
      TemplateEngine.createPrecompiled(
          null, ContentType.Html, Pages.class.getClassLoader(), "org.tiltlens");

  private Pages() {}

  /**
   * Writes {@code index.html} into a folder, whole or not at all.
   *
   * @param shown what the template shows
   */
  public static void write(Path folder, String template, Object shown) throws IOException {
    WholeFile.writeText(folder.resolve(FILE), html(template, shown));
  }

  /**
   * A template filled in.
   *
   * @param template of any module, by its path below the module's folder of templates
   * @param shown what it shows
   */
  public static String html(String template, Object shown) {
    StringOutput page = new StringOutput();
    TEMPLATES.render(template, shown, page);
    return page.toString();
  }
}
