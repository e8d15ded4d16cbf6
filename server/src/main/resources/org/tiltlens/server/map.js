// Draws the map of directions, goes from feature to feature by pointer or keys, and zooms.
const canvas = document.getElementById("map");
const colour = document.getElementById("colour");
const key = document.getElementById("key");
const at = document.getElementById("at");
const MARGIN = 14;
const REACH = 14;
const SAID_MS = 150;
const HUES = 12;
const STEP = 1.5;
const MOST_ZOOM = 64;
const DRAG = 4;
const LINE = 33;

let map = null;
let chosen = new Set();
let whole = [];
let places = [];
let zoom = 1;
let shift = [0, 0];
let held = null;
let dragged = false;
let here = -1;
let said = 0;

function style(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function isDark() {
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** From rare to often, by the logarithm: 0.01 % to all. */
function ofFrequency(share) {
  const far = Math.min(1, Math.max(0, 1 + Math.log10(Math.max(share, 1e-4)) / 4));
  return isDark() ? `hsl(${220 - 190 * far} 75% ${45 + 25 * far}%)` : `hsl(${220 - 190 * far} 75% ${62 - 22 * far}%)`;
}

function ofClass(index) {
  const light = isDark() ? 65 : 42;
  return index < 0 ? style("--quiet") : `hsl(${(index % HUES) * (360 / HUES)} 70% ${light}%)`;
}

function colourOf(i) {
  return colour.value === "class" ? ofClass(map.most_of[i]) : ofFrequency(map.frequency[i]);
}

function place() {
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  const ratio = window.devicePixelRatio;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const range = values => values.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
  const [left, right] = range(map.x);
  const [low, high] = range(map.y);
  const scale = Math.min(
    (width - 2 * MARGIN) / (right - left || 1), (height - 2 * MARGIN) / (high - low || 1));
  whole = map.x.map((x, i) => [
    width / 2 + (x - (left + right) / 2) * scale,
    height / 2 - (map.y[i] - (low + high) / 2) * scale,
  ]);
  look(zoom, shift);
}

/** Where all of it is at a zoom; nothing but the map comes into sight. */
function look(wanted, moved) {
  zoom = Math.min(MOST_ZOOM, Math.max(1, wanted));
  const kept = (far, side) => Math.min(0, Math.max(side * (1 - zoom), far));
  shift = [kept(moved[0], canvas.clientWidth), kept(moved[1], canvas.clientHeight)];
  places = whole.map(([x, y]) => [x * zoom + shift[0], y * zoom + shift[1]]);
  canvas.dataset.zoom = zoom.toFixed(2);
  document.getElementById("zoom").textContent = `${zoom.toFixed(zoom < 10 ? 1 : 0)} ×`;
  document.getElementById("nearer").disabled = zoom === MOST_ZOOM;
  document.getElementById("farther").disabled = zoom === 1;
  document.getElementById("all").disabled = zoom === 1;
}

/** Zooms, and leaves a place where it is: the feature where one is, or the middle. */
function zoomBy(factor, [x, y] = here >= 0 && isInSight(here) ? places[here] : middle()) {
  const wanted = Math.min(MOST_ZOOM, Math.max(1, zoom * factor));
  const by = wanted / zoom;
  look(wanted, [x - (x - shift[0]) * by, y - (y - shift[1]) * by]);
  draw();
}

function middle() {
  return [canvas.clientWidth / 2, canvas.clientHeight / 2];
}

function showAll() {
  look(1, [0, 0]);
  draw();
}

function isInSight(i, margin = 0) {
  const [x, y] = places[i];
  return x >= margin && x <= canvas.clientWidth - margin && y >= margin && y <= canvas.clientHeight - margin;
}

/** Brings the feature where one is into sight. */
function follow() {
  if (here >= 0 && !isInSight(here, MARGIN)) {
    const [x, y] = middle();
    look(zoom, [shift[0] + x - places[here][0], shift[1] + y - places[here][1]]);
    draw();
  }
}

function draw() {
  const pen = canvas.getContext("2d");
  pen.setTransform(window.devicePixelRatio, 0, 0, window.devicePixelRatio, 0, 0);
  pen.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  const all = chosen.size === map.features.length;
  for (const standsOut of [false, true]) {
    for (let i = 0; i < places.length; i++) {
      if (chosen.has(map.features[i]) === standsOut && isInSight(i, -MARGIN)) {
        pen.globalAlpha = standsOut ? 0.9 : 0.25;
        pen.fillStyle = standsOut ? colourOf(i) : style("--quiet");
        pen.beginPath();
        pen.arc(places[i][0], places[i][1], standsOut && !all ? 4 : 2.5, 0, 2 * Math.PI);
        pen.fill();
      }
    }
  }
  pen.globalAlpha = 1;
  if (here >= 0) {
    pen.strokeStyle = style("--ink");
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(places[here][0], places[here][1], 7, 0, 2 * Math.PI);
    pen.stroke();
  }
  drawKey();
}

function drawKey() {
  const parts = colour.value === "class"
    ? map.classes.slice(0, HUES).map((name, i) => [ofClass(i), name]).concat([[ofClass(-1), "none"]])
    : [0.0001, 0.001, 0.01, 0.1, 1].map(share => [ofFrequency(share), `${100 * share} %`]);
  key.replaceChildren(...parts.map(([shade, text]) => {
    const part = document.createElement("span");
    const dot = document.createElement("b");
    dot.style.background = shade;
    part.append(dot, text);
    return part;
  }));
}

function go(i) {
  if (i < 0 || i === here) {
    return;
  }
  here = i;
  draw();
  clearTimeout(said);
  said = setTimeout(say, SAID_MS);
}

/** What stands beside the map of the feature where one is. */
function say() {
  const feature = map.features[here];
  const link = document.createElement("a");
  link.href = `/features/${feature}`;
  const strip = new Image(384, 96);
  strip.src = `/api/v1/features/${feature}/strip.png`;
  strip.alt = "";
  const name = document.createElement("strong");
  name.textContent = `Feature ${feature}`;
  link.append(strip, name);
  const about = document.createElement("p");
  const kind = map.classes[map.most_of[here]];
  about.textContent = [map.labels[feature], kind, `active on ${(100 * map.frequency[here]).toPrecision(3)} %`]
    .filter(text => text).join("; ");
  at.replaceChildren(link, about);
}

function nearestTo(x, y) {
  let best = -1;
  let least = REACH * REACH;
  places.forEach(([px, py], i) => {
    const far = (px - x) ** 2 + (py - y) ** 2;
    if (far < least && (chosen.size === 0 || chosen.has(map.features[i]))) {
      least = far;
      best = i;
    }
  });
  return best;
}

/** The nearest that stands out within a quarter turn of where an arrow points. */
function next(dx, dy) {
  if (here < 0) {
    return map.features.findIndex(feature => chosen.size === 0 || chosen.has(feature));
  }
  let best = -1;
  let least = Infinity;
  places.forEach(([px, py], i) => {
    const along = (px - places[here][0]) * dx + (py - places[here][1]) * dy;
    const aside = Math.abs((px - places[here][0]) * dy) + Math.abs((py - places[here][1]) * dx);
    const allowed = chosen.size === 0 || chosen.has(map.features[i]);
    if (i !== here && allowed && along > 0 && along >= aside && along + aside < least) {
      least = along + aside;
      best = i;
    }
  });
  return best;
}

function within(event) {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

function pointed(event) {
  return nearestTo(...within(event));
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const ZOOMS = { "+": STEP, "=": STEP, "-": 1 / STEP };

canvas.addEventListener("pointerdown", event => {
  dragged = false;
  held = zoom > 1 && event.button === 0 ? [event.clientX - shift[0], event.clientY - shift[1], event.clientX, event.clientY] : null;
});
canvas.addEventListener("pointermove", event => {
  if (held && (dragged || Math.hypot(event.clientX - held[2], event.clientY - held[3]) > DRAG)) {
    dragged = true;
    canvas.setPointerCapture(event.pointerId);
    look(zoom, [event.clientX - held[0], event.clientY - held[1]]);
    draw();
  } else if (map) {
    go(pointed(event));
  }
});
for (const over of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(over, () => {
    held = null;
  });
}
canvas.addEventListener("wheel", event => {
  const turned = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE : 1);
  const factor = STEP ** Math.max(-1, Math.min(1, -turned / 100));
  // At its ends the wheel scrolls the page.
  if (map && (factor > 1 ? zoom < MOST_ZOOM : zoom > 1)) {
    event.preventDefault();
    zoomBy(factor, within(event));
  }
}, { passive: false });
canvas.addEventListener("click", event => {
  const i = map && !dragged ? pointed(event) : -1;
  if (i >= 0) {
    location.href = `/features/${map.features[i]}`;
  }
});
canvas.addEventListener("keydown", event => {
  if (map && event.key in ARROWS) {
    event.preventDefault();
    go(next(...ARROWS[event.key]));
    follow();
  } else if (map && event.key in ZOOMS && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    zoomBy(ZOOMS[event.key]);
  } else if (map && event.key === "0" && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    showAll();
  } else if (map && event.key === "Enter" && here >= 0) {
    location.href = `/features/${map.features[here]}`;
  }
});
document.getElementById("nearer").addEventListener("click", () => map && zoomBy(STEP));
document.getElementById("farther").addEventListener("click", () => map && zoomBy(1 / STEP));
document.getElementById("all").addEventListener("click", () => map && showAll());
colour.addEventListener("change", () => map && draw());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => map && draw());
window.addEventListener("resize", () => {
  if (map) {
    place();
    draw();
  }
});

const answer = await fetch(canvas.dataset.points);
if (answer.ok) {
  map = await answer.json();
  chosen = new Set(map.chosen);
  place();
  draw();
  canvas.dataset.drawn = places.length;
} else {
  document.getElementById("failure").textContent = (await answer.json()).error;
}
