package org.tiltlens.server;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.tiltlens.run.SpecException;

/** A running studio: a bundle's features and the jobs that draw them, over HTTP. */
public final class Studio implements AutoCloseable {
  private static final Duration IDLE = Duration.ofSeconds(30);
  private static final int MOST_THREADS = 80;
  private static final int MOST_CONNECTIONS = 256;

  private final ServerConnector connector;
  private final StudioSettings settings;
  private final Guard guard;
  private final List<AutoCloseable> parts;

  private Studio(
      ServerConnector connector, StudioSettings settings, Guard guard, List<AutoCloseable> parts) {
    this.connector = connector;
    this.settings = settings;
    this.guard = guard;
    this.parts = parts;
  }

  /**
   * Opens a bundle's table and corpus, finds the jobs of earlier studios in the folder, and
   * listens.
   *
   * @throws IllegalArgumentException if the bundle's table and images do not belong together,
   *     another studio has the folder, its models were changed, or the port is taken
   * @throws IOException if files cannot be read or written
   */
  public static Studio start(StudioSettings settings) throws IOException {
    return start(settings, part -> {});
  }

  /**
   * The same, which may take a while with many features and images.
   *
   * @param opens hears, in a few words, of each part that is opened
   */
  public static Studio start(StudioSettings settings, Consumer<String> opens) throws IOException {
    Files.createDirectories(settings.folder());
    FolderLock lock = FolderLock.of(settings.folder());
    try {
      return start(settings, lock, opens);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private static Studio start(StudioSettings settings, FolderLock lock, Consumer<String> opens)
      throws IOException {
    Guard guard = new Guard(settings.host());
    Catalogue catalogue =
        Catalogue.open(settings.bundle(), settings.folder(), settings.execution(), opens);
    opens.accept("the server");
    JobFolders folders = JobFolders.in(settings.folder());
    Feed feed = new Feed();
    JobQueue queue =
        new JobQueue(folders, settings.execution(), catalogue.usualSteps(), feed::tell);
    PictureCache pictures =
        new PictureCache(
            catalogue, settings.folder().resolve("cache"), settings.execution().device());
    SeenPictures seen = new SeenPictures(catalogue, pictures, settings.folder().resolve("images"));
    WorkViews works = new WorkViews(catalogue, folders, queue);
    Exporter exporter =
        new Exporter(
            new ExportFolder(
                catalogue, pictures, folders, queue, settings.folder().resolve("export")));
    ExportApi export = new ExportApi(exporter, catalogue);
    List<Route> routes =
        Stream.of(
                new Api(catalogue, pictures, seen, folders, queue, feed).routes(),
                new ImageApi(seen).routes(),
                new NotesApi(catalogue).routes(),
                new AtlasApi(catalogue).routes(),
                new AtlasApi(catalogue).pages(),
                new ImageViews(catalogue, seen, folders, queue).routes(),
                works.routes(),
                FrontierView.routes(catalogue, queue),
                export.routes(),
                export.pages(),
                new Views(catalogue, folders, queue, works).routes())
            .flatMap(List::stream)
            .toList();
    Server server = new Server(threads());
    ServerConnector connector =
        connector(server, settings.host(), settings.port(), IDLE.toMillis());
    server.addConnector(connector);
    server.addBean(new NetworkConnectionLimit(MOST_CONNECTIONS, server));
    server.setHandler(new Front(routes, guard, settings.folder()));
    server.setErrorHandler(new PlainErrors());
    Studio studio =
        new Studio(
            connector,
            settings,
            guard,
            List.of(feed::close, server::stop, queue, exporter, pictures, catalogue, lock));
    try {
      server.start();
      return studio;
    } catch (Exception e) {
      studio.close();
      throw new SpecException(
          "cannot listen on '%s', port %s (%s): give another {port}, or another {host}",
          settings.host(), settings.port(), reason(e));
    }
  }

  private static String reason(Throwable failure) {
    return failure.getCause() == null ? failure.getMessage() : failure.getCause().getMessage();
  }

  private static QueuedThreadPool threads() {
    QueuedThreadPool threads = new QueuedThreadPool(MOST_THREADS, 4);
    threads.setName("studio");
    return threads;
  }

  /** Where a server listens. */
  static ServerConnector connector(Server server, String host, int port, long idleMillis) {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setSendDateHeader(false);
    ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    connector.setHost(host);
    connector.setPort(port);
    connector.setIdleTimeout(idleMillis);
    return connector;
  }

  /** The port that it listens on. */
  public int port() {
    return connector.getLocalPort();
  }

  /** Where a browser finds it, with the token where it asks for one. */
  public String address() throws IOException {
    InetAddress address = InetAddress.getByName(settings.host());
    String host =
        address.isAnyLocalAddress() ? InetAddress.getLocalHost().getHostName() : settings.host();
    String token = guard.token() == null ? "" : "?token=" + guard.token();
    return "http://%s:%d/%s".formatted(host.contains(":") ? "[" + host + "]" : host, port(), token);
  }

  /** Whether anyone who reaches it has to show a token. */
  public boolean asksForToken() {
    return guard.token() != null;
  }

  /**
   * Stops what runs, which saves what it has, and no longer listens; the next studio of the folder
   * finds all of it again.
   */
  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (AutoCloseable part : parts) {
      try {
        part.close();
      } catch (Exception e) {
        failure = new IOException("the studio cannot end: " + e.getMessage(), e);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
