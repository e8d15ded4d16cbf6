// Follows the measurement of co-activation while it runs and somebody looks.
const AGAIN_MS = 1000;

async function look() {
  const area = document.querySelector("[data-measuring]")?.closest("[data-fragment]");
  if (area && !document.hidden) {
    try {
      const answer = await fetch(area.dataset.fragment);
      if (answer.ok) {
        const fresh = document.createElement("template");
        fresh.innerHTML = await answer.text();
        area.replaceChildren(fresh.content);
      }
    } catch {
      // The studio ended, or will answer next time.
    }
  }
  setTimeout(look, AGAIN_MS);
}

look();
