// Sliders over levels, and the form that composes features.
for (const form of document.querySelectorAll("form.slider")) {
  const number = form.querySelector('[type="number"]');
  const range = form.querySelector('[type="range"]');
  range.closest("label").hidden = false;
  range.addEventListener("input", () => (number.value = range.value));
  number.addEventListener("input", () => (range.value = number.value));
}

function unit(fields) {
  const value = part => fields.querySelector(`[data-part="${part}"]`).value;
  if (value("feature") === "") {
    return [];
  }
  const place = fields.querySelector('[type="radio"]:checked').value;
  const [row, column] = place === "" ? [] : place.split(",").map(Number);
  return [{ feature: Number(value("feature")), percentile: Number(value("percentile")), row, column }];
}

/** Nothing is said by a field that is left empty. */
for (const form of document.querySelectorAll("form.slider, form.comparison")) {
  form.addEventListener("formdata", event => {
    for (const [name, value] of [...event.formData]) {
      if (value === "") {
        event.formData.delete(name);
      }
    }
  });
}

/** What is said of the prior's steps; undefined if nothing is. */
function steps(fields) {
  const text = name => fields[name].value.trim() || undefined;
  const number = name => (text(name) === undefined ? undefined : Number(text(name)));
  const said = { form: text("form"), eta: number("eta"), steps: number("steps"), respacing: text("respacing") };
  return Object.values(said).some(value => value !== undefined) ? said : undefined;
}

const compose = document.getElementById("compose");
const failure = document.getElementById("composed-failure");

/** The form as an address has it: whoever goes back or loads the page anew finds what was typed. */
function typed() {
  return new URLSearchParams([...new FormData(compose)].filter(([, value]) => value !== ""));
}

compose?.addEventListener("input", () => history.replaceState(null, "", `/compose?${typed()}`));
compose?.addEventListener("submit", async event => {
  event.preventDefault();
  failure.textContent = "";
  const units = [...compose.querySelectorAll(".unit")].flatMap(unit);
  const count = Number(compose.elements.count.value);
  try {
    const answer = await fetch("/api/v1/jobs", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ command: "compose", units, count, steps: steps(compose.elements) }),
    });
    const told = await answer.json();
    if (answer.ok) {
      location.assign(`/compose?${typed()}&job=${told.job}`);
    } else {
      failure.textContent = told.error;
    }
  } catch {
    failure.textContent = "The studio does not answer: is it still running?";
  }
});
