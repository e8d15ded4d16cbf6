// Starts, stops and removes jobs, and follows those that run. Pages can be read without it.
const failure = document.getElementById("failure");
let source = null;

/** Parts of the page that show jobs, each of which the server can send anew. */
function areas() {
  return [...document.querySelectorAll("[data-fragment]")];
}

/** The last request of each area: what was asked for before it is older, whenever it comes. */
const asked = new WeakMap();

async function refresh(area) {
  const turn = {};
  asked.set(area, turn);
  const answer = await fetch(area.dataset.fragment);
  const fresh = document.createElement("template");
  fresh.innerHTML = await answer.text();
  if (!answer.ok || asked.get(area) !== turn) {
    return;
  }
  const focused = area.contains(document.activeElement);
  area.replaceChildren(fresh.content);
  if (focused) {
    (area.querySelector("button") ?? area).focus();
  }
}

/** Shows all jobs of the page as they are now. */
export async function refreshAll() {
  await Promise.all(areas().map(refresh));
  follow();
}

/** Listens while something on this page will change by itself, and somebody looks at it. */
export function follow() {
  const wanted = !document.hidden && document.querySelector("[data-live]") !== null;
  if (wanted && source === null) {
    source = new EventSource("/api/v1/events");
    source.addEventListener("open", refreshAll);
    source.addEventListener("job", event => heard(JSON.parse(event.data)));
  } else if (!wanted && source !== null) {
    source.close();
    source = null;
  }
}

async function heard(job) {
  for (const area of areas()) {
    const shown = area.querySelector(`[data-job="${CSS.escape(job.job)}"]`);
    if (shown === null ? "all" in area.dataset : shown.dataset.state !== job.state) {
      await refresh(area);
    } else if (shown !== null && job.line) {
      const bar = shown.querySelector("progress");
      if (job.progress?.steps > 0) {
        bar.max = job.progress.steps;
        bar.value = job.progress.done;
      } else {
        bar?.removeAttribute("value");
      }
      shown.querySelector(".far").textContent = job.line;
    }
  }
  follow();
}

async function send(button) {
  if (button.dataset.confirm && !window.confirm(button.dataset.confirm)) {
    return;
  }
  button.disabled = true;
  failure.textContent = "";
  const [method, path] = button.dataset.send.split(" ");
  const body = button.dataset.body;
  try {
    const answer = await fetch(path, {
      method,
      body,
      headers: body ? { "Content-Type": "application/json" } : {},
    });
    if (!answer.ok) {
      failure.textContent = (await answer.json()).error;
    } else if (button.dataset.waiting) {
      // The job saves what it has first; the news that it stopped will come.
      button.textContent = button.dataset.waiting;
      return;
    } else if (button.dataset.then) {
      location.assign(button.dataset.then);
      return;
    }
  } catch {
    failure.textContent = "The studio does not answer: is it still running?";
    button.disabled = false;
    return;
  }
  await refreshAll();
}

document.addEventListener("click", event => {
  const button = event.target.closest("button[data-send]");
  if (button) {
    send(button);
  }
});
document.addEventListener("change", event => {
  if (event.target.closest("form[role=search] select")) {
    event.target.form.requestSubmit();
  }
});
document.addEventListener("visibilitychange", () => (document.hidden ? follow() : refreshAll()));
follow();
