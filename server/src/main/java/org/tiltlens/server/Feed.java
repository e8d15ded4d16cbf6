package org.tiltlens.server;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** News of jobs for all who listen; who is slow hears of each job the newest alone. */
final class Feed {
  /** Each holds a thread. */
  private static final int MOST_LISTENERS = 32;

  private final Set<Listener> listeners = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * Listens from now on.
   *
   * @throws Refused if too many do
   */
  Listener listen() {
    if (closed || listeners.size() >= MOST_LISTENERS) {
      throw new Refused(503, "too many pages listen already: close some");
    }
    Listener listener = new Listener();
    listeners.add(listener);
    return listener;
  }

  void tell(JobView job) {
    listeners.forEach(listener -> listener.hear(job));
  }

  boolean isClosed() {
    return closed;
  }

  /** Nobody listens any more. */
  void close() {
    closed = true;
    listeners.forEach(Listener::wake);
  }

  /** Someone who listens until closed. */
  final class Listener implements AutoCloseable {
    private final Map<String, JobView> news = new LinkedHashMap<>();

    private synchronized void hear(JobView job) {
      news.put(job.job(), job);
      notifyAll();
    }

    private synchronized void wake() {
      notifyAll();
    }

    /** The oldest news not yet taken; empty if there are none in time, or the feed is closed. */
    synchronized Optional<JobView> next(Duration patience) throws InterruptedException {
      long end = System.nanoTime() + patience.toNanos();
      while (news.isEmpty() && !closed) {
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          return Optional.empty();
        }
        wait(left);
      }
      Optional<String> first = news.keySet().stream().findFirst();
      return first.map(news::remove);
    }

    @Override
    public void close() {
      listeners.remove(this);
    }
  }
}
