// Takes images in, wherever they are dropped, and asks what is strongest at a place of one.
const failure = document.getElementById("failure");

const MB = 2 ** 20;
const MOST_MB = 16;

async function take(file) {
  failure.textContent = "";
  if (file.size > MOST_MB * MB) {
    // Refused before all of it is sent, which some browsers take for no answer.
    failure.textContent = `An image may have ${MOST_MB} MB, this one has ${(file.size / MB).toFixed(1)} MB: save it smaller, for example as a JPEG of 2,000 pixels a side.`;
    return;
  }
  document.body.classList.add("reading-image");
  try {
    const answer = await fetch("/api/v1/images", {
      method: "POST",
      body: file,
      headers: { "Content-Type": file.type.startsWith("image/") ? file.type : "application/octet-stream" },
    });
    const told = await answer.json();
    if (answer.ok) {
      location.assign(`/images/${told.image}`);
      return;
    }
    failure.textContent = told.error;
  } catch {
    failure.textContent = "The studio does not answer: is it still running?";
  } finally {
    document.body.classList.remove("reading-image");
  }
}

const carriesFile = event => event.dataTransfer?.types.includes("Files");

document.addEventListener("dragover", event => {
  if (carriesFile(event)) {
    event.preventDefault();
    document.body.classList.add("dropping");
  }
});
document.addEventListener("dragleave", event => {
  if (event.relatedTarget === null) {
    document.body.classList.remove("dropping");
  }
});
document.addEventListener("drop", event => {
  document.body.classList.remove("dropping");
  if (carriesFile(event)) {
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  }
});
document.getElementById("picture")?.addEventListener("change", event => {
  if (event.target.files.length > 0) {
    take(event.target.files[0]);
    event.target.value = "";
  }
});

/** Of all places one can be reached by Tab, the others by arrow keys from there. */
const places = document.getElementById("places");
const cells = places ? [...places.querySelectorAll("a")] : [];

function reachable(cell) {
  cells.forEach(one => one.setAttribute("tabindex", one === cell ? "0" : "-1"));
}

async function choose(cell) {
  reachable(cell);
  cells.forEach(one => (one === cell ? one.setAttribute("aria-current", "true") : one.removeAttribute("aria-current")));
  const { row, column } = cell.dataset;
  const answer = await fetch(`/images/${places.dataset.picture}/places/${row}/${column}`);
  if (answer.ok) {
    const fresh = document.createElement("template");
    fresh.innerHTML = await answer.text();
    document.getElementById("place").replaceChildren(fresh.content);
    history.replaceState(null, "", cell.getAttribute("href"));
  } else {
    failure.textContent = "This place cannot be shown: load the page anew.";
  }
}

if (cells.length > 0) {
  reachable(cells.find(cell => cell.hasAttribute("aria-current")) ?? cells[0]);
  places.addEventListener("click", event => {
    const cell = event.target.closest("a");
    if (cell && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      choose(cell);
    }
  });
  places.addEventListener("keydown", event => {
    const cell = event.target.closest("a");
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!cell || !step) {
      return;
    }
    event.preventDefault();
    const to = cells.find(
      one => Number(one.dataset.row) === Number(cell.dataset.row) + step[0] && Number(one.dataset.column) === Number(cell.dataset.column) + step[1],
    );
    if (to) {
      reachable(to);
      to.focus();
    }
  });
}
