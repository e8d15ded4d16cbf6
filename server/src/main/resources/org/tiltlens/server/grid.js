// Scrolls through all features that were asked for: only the rows in sight are in the page.
const list = document.querySelector(".cards");
const AT_ONCE = 96;
const KEPT = 24;
const BESIDE = 2;
const SETTLED_MS = 60;

const total = Number(list.dataset.total);
const pages = new Map();
let cards = new Map();
let rowHeight = 0;
let columns = 1;
let asked = 0;

const above = document.createElement("div");
const below = document.createElement("div");

function card(row, index) {
  const item = document.createElement("li");
  item.setAttribute("aria-setsize", total);
  item.setAttribute("aria-posinset", index + 1);
  const link = document.createElement("a");
  const strip = new Image(384, 96);
  strip.alt = "";
  link.append(strip);
  const add = (kind, text) => {
    const part = document.createElement("span");
    part.className = kind;
    part.textContent = text;
    link.append(part);
    return part;
  };
  if (row === undefined) {
    item.className = "waits";
    add("name", "…");
  } else {
    link.href = `/features/${row.feature}`;
    if (row.strip) {
      strip.src = row.strip;
    }
    add("name", `Feature ${row.feature}`);
    add("classes", row.classes.map(one => one.name).join(", "));
    if (row.label) {
      add("label", row.label);
    }
    const numbers = add("numbers", `active on ${+(100 * row.frequency).toPrecision(3)} %; `);
    const high = document.createElement("abbr");
    high.title = list.dataset.high;
    high.textContent = "s at P 99";
    numbers.append(high, ` ${row.p99.toPrecision(3)}`);
  }
  item.append(link);
  return item;
}

function rowAt(index) {
  return pages.get(Math.floor(index / AT_ONCE))?.[index % AT_ONCE];
}

async function load(page) {
  if (pages.has(page)) {
    return;
  }
  pages.set(page, []);
  const query = list.dataset.query ? `${list.dataset.query}&` : "";
  try {
    const answer = await fetch(`/api/v1/features?${query}offset=${page * AT_ONCE}&limit=${AT_ONCE}`);
    if (!answer.ok) {
      throw new Error((await answer.json()).error);
    }
    pages.set(page, (await answer.json()).features);
  } catch (failure) {
    pages.delete(page);
    document.getElementById("failure").textContent = failure.message;
    return;
  }
  // Those asked for longest ago make room.
  for (const old of [...pages.keys()].slice(0, Math.max(0, pages.size - KEPT))) {
    pages.delete(old);
  }
  if (rowHeight > 0) {
    show();
  }
}

function inSight() {
  const top = Math.max(0, -above.getBoundingClientRect().top);
  const first = Math.max(0, Math.floor(top / rowHeight) - BESIDE);
  const last = Math.ceil((top + window.innerHeight) / rowHeight) + BESIDE;
  return [first * columns, Math.min(total, last * columns)];
}

/** Puts the cards in sight in the page; a card that stays is not touched, so keeps its focus. */
function show() {
  const [from, to] = inSight();
  const focused = list.contains(document.activeElement) ? document.activeElement.closest("li") : null;
  const fresh = new Map();
  for (let index = from; index < to; index++) {
    const row = rowAt(index);
    const before = cards.get(index);
    fresh.set(index, before && (before.row || !row) ? before : { row, item: card(row, index) });
  }
  if (focused && ![...fresh.values()].some(one => one.item === focused)) {
    focused.querySelector("a").blur();
  }
  for (const [index, one] of cards) {
    if (fresh.get(index) !== one) {
      one.item.remove();
    }
  }
  let at = list.firstElementChild;
  for (const one of fresh.values()) {
    if (one.item === at) {
      at = at.nextElementSibling;
    } else {
      list.insertBefore(one.item, at);
    }
  }
  cards = fresh;
  const rows = Math.ceil(total / columns);
  above.style.height = `${Math.floor(from / columns) * rowHeight}px`;
  below.style.height = `${(rows - Math.ceil(to / columns)) * rowHeight}px`;
  clearTimeout(asked);
  asked = setTimeout(() => {
    for (let page = Math.floor(from / AT_ONCE); page * AT_ONCE < to; page++) {
      load(page);
    }
  }, SETTLED_MS);
}

/** The rows' height and how many cards are in one: as the style has it, of a card with a label. */
function measure() {
  const probe = card({ feature: 0, classes: [], label: "x", frequency: 0, p99: 0 }, 0);
  list.replaceChildren(probe);
  cards = new Map();
  const style = getComputedStyle(list);
  rowHeight = probe.getBoundingClientRect().height + parseFloat(style.rowGap);
  list.style.gridAutoRows = `${rowHeight - parseFloat(style.rowGap)}px`;
  columns = style.gridTemplateColumns.split(" ").length;
  probe.remove();
  show();
}

if (total > 0 && list.dataset.offset === "0" && !list.dataset.query.includes("limit=")) {
  document.querySelector(".steps").hidden = true;
  await load(0);
  list.before(above);
  list.after(below);
  document.querySelector(".range span").textContent = `${total} features`;
  let width = list.clientWidth;
  measure();
  window.addEventListener("scroll", () => requestAnimationFrame(show), { passive: true });
  window.addEventListener("resize", () => {
    if (list.clientWidth !== width) {
      width = list.clientWidth;
      list.style.gridAutoRows = "";
      measure();
    }
  });
}
