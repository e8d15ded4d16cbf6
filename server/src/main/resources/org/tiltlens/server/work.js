// Sliders over levels, and the form that composes features.
const failure = document.getElementById("failure");

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

const compose = document.getElementById("compose");
compose?.addEventListener("submit", async event => {
  event.preventDefault();
  failure.textContent = "";
  const units = [...compose.querySelectorAll(".unit")].flatMap(unit);
  const count = Number(compose.querySelector('[data-part="count"]').value);
  try {
    const answer = await fetch("/api/v1/jobs", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ command: "compose", units, count }),
    });
    const told = await answer.json();
    if (answer.ok) {
      location.assign(`/compose?job=${told.job}`);
    } else {
      failure.textContent = told.error;
    }
  } catch {
    failure.textContent = "The studio does not answer: is it still running?";
  }
});
