// Sliders over levels, forms that show what they ask for, and the one that composes features.
import { refreshAll } from "./studio.js";

for (const form of document.querySelectorAll("form.slider")) {
  const number = form.querySelector('[type="number"]');
  const range = form.querySelector('[type="range"]');
  range.closest("label").hidden = false;
  range.addEventListener("input", () => (number.value = range.value));
  number.addEventListener("input", () => number.value && (range.value = number.value));
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

/** Tells those who do not see the page what is shown anew. */
const teller = document.createElement("p");
teller.className = "skip";
teller.setAttribute("role", "status");
document.querySelector("form[data-shows]")?.after(teller);

/** Below a form is what it says, always: nothing that can be started there is what it said before. */
for (const form of document.querySelectorAll("form[data-shows]")) {
  const shown = document.getElementById(form.dataset.shows);
  let asked = null;
  form.addEventListener("input", () => {
    asked?.abort();
    asked = new AbortController();
    shown.setAttribute("aria-busy", "true");
    shown.inert = true;
    show(form, shown, asked.signal);
  });
}

/** What cannot be asked for, in the browser's words. */
function requireValid(form) {
  const field = [...form.elements].find(one => !one.validity.valid);
  if (field) {
    throw new Error(`${field.labels[0].textContent.trim()}: ${field.validationMessage}`);
  }
}

async function show(form, shown, signal) {
  try {
    await new Promise(typed => setTimeout(typed, 300));
    signal.throwIfAborted();
    requireValid(form);
    const address = `${new URL(form.action).pathname}?${new URLSearchParams(new FormData(form))}`;
    const answer = await fetch(address, { signal });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok) {
      const refusal = page.querySelector("p.lead")?.textContent;
      throw new Error(refusal ?? `The studio answers ${answer.status}.`);
    }
    shown.replaceChildren(...page.getElementById(shown.id).childNodes);
    document.querySelector("h1").replaceChildren(...page.querySelector("h1").childNodes);
    document.title = page.title;
    history.replaceState(null, "", address);
    failed.textContent = "";
    shown.inert = false;
    shown.removeAttribute("aria-busy");
    teller.textContent = shown.querySelector("p.lead, p.failure")?.textContent ?? document.querySelector("h1").textContent;
    // A job that has ended since the page was written tells nobody any more.
    await refreshAll();
  } catch (error) {
    if (!signal.aborted) {
      shown.removeAttribute("aria-busy");
      failed.textContent = error instanceof TypeError ? "The studio does not answer: is it still running?" : error.message;
    }
  }
}

/** What is said of the prior's steps; undefined if nothing is. */
function steps(fields) {
  const text = name => fields[name].value.trim() || undefined;
  const number = name => (text(name) === undefined ? undefined : Number(text(name)));
  const said = { form: text("form"), eta: number("eta"), steps: number("steps"), respacing: text("respacing") };
  return Object.values(said).some(value => value !== undefined) ? said : undefined;
}

const failed = document.getElementById("failure");
const compose = document.getElementById("compose");
const failure = document.getElementById("composed-failure");

/** The form as an address has it: whoever goes back or loads the page anew finds what was typed. */
function typed() {
  return new URLSearchParams([...new FormData(compose)].filter(([, value]) => value !== ""));
}

compose?.addEventListener("input", () => history.replaceState(null, "", `/compose?${typed()}`));
/** What a word finds, as the browser offers it: features are chosen by their indices. */
for (const field of compose?.querySelectorAll("[list]") ?? []) {
  let asked = null;
  field.addEventListener("input", async () => {
    asked?.abort();
    asked = new AbortController();
    const word = field.value.trim();
    field.setCustomValidity("");
    if (word === "" || /^\d+$/.test(word)) {
      return;
    }
    try {
      const query = new URLSearchParams({ search: word, limit: 12 });
      const answer = await fetch(`/api/v1/features?${query}`, { signal: asked.signal });
      const found = answer.ok ? (await answer.json()).features : [];
      field.list.replaceChildren(...found.map(one => offer(one, word)));
      field.setCustomValidity(
        found.length === 0 ? `No feature fits '${word}'.` : `Choose one of the features that '${word}' finds, or type an index.`,
      );
    } catch {
      // The field stays as it is: an index can be typed.
    }
  });
}

function offer(found, word) {
  const option = document.createElement("option");
  option.value = found.feature;
  const classes = found.classes.map(one => one.name).join(", ");
  const often = `active on ${(100 * found.frequency).toPrecision(2)} %`;
  option.label = `${word}: ${[found.label, classes, often].filter(Boolean).join(", ")}`;
  return option;
}

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
