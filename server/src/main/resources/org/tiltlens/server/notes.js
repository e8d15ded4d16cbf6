// Saves the note on a feature, and shows the other text where two pages wrote at once.
const form = document.getElementById("note");
const status = form.querySelector("[role=status]");
const theirs = form.querySelector(".theirs");
const { label, note } = form.elements;
let saved = [label.value, note.value];
let other = null;

function isChanged() {
  return label.value !== saved[0] || note.value !== saved[1];
}

/** From now on it is written over this one. */
function known(current) {
  form.dataset.version = current.version;
  saved = [current.label, current.note];
  theirs.hidden = true;
  other = null;
}

function show(current) {
  known(current);
  label.value = current.label;
  note.value = current.note;
}

async function save() {
  status.textContent = "Saving …";
  try {
    const answer = await fetch(form.dataset.path, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        label: label.value,
        note: note.value,
        version: Number(form.dataset.version),
      }),
    });
    const told = await answer.json();
    if (answer.ok) {
      known(told);
      status.textContent = isChanged() ? "Saved, but for what was typed since" : "Saved";
    } else if (answer.status === 409) {
      other = told.current;
      theirs.querySelector(".label").textContent = other.label || "(no label)";
      theirs.querySelector(".text").textContent = other.note || "(no note)";
      theirs.hidden = false;
      status.textContent = "Not saved";
    } else {
      status.textContent = `Not saved: ${told.error}`;
    }
  } catch {
    status.textContent = "Not saved: the studio does not answer";
  }
}

form.addEventListener("submit", event => {
  event.preventDefault();
  save();
});
form.addEventListener("input", () => {
  status.textContent = isChanged() ? "Not saved yet" : "";
});
form.elements.take.addEventListener("click", () => {
  show(other);
  status.textContent = "";
  label.focus();
});
form.elements.keep.addEventListener("click", () => {
  known(other);
  save();
  label.focus();
});
window.addEventListener("beforeunload", event => {
  if (isChanged()) {
    event.preventDefault();
  }
});
