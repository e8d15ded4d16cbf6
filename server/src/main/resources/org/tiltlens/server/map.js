// Draws the map of directions, and goes from feature to feature by pointer or keys.
const canvas = document.getElementById("map");
const colour = document.getElementById("colour");
const key = document.getElementById("key");
const at = document.getElementById("at");
const MARGIN = 14;
const REACH = 14;
const SAID_MS = 150;
const HUES = 12;

let map = null;
let chosen = new Set();
let places = [];
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
  places = map.x.map((x, i) => [
    width / 2 + (x - (left + right) / 2) * scale,
    height / 2 - (map.y[i] - (low + high) / 2) * scale,
  ]);
}

function draw() {
  const pen = canvas.getContext("2d");
  pen.setTransform(window.devicePixelRatio, 0, 0, window.devicePixelRatio, 0, 0);
  pen.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  const all = chosen.size === map.features.length;
  for (const standsOut of [false, true]) {
    for (let i = 0; i < places.length; i++) {
      if (chosen.has(map.features[i]) === standsOut) {
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

function pointed(event) {
  const box = canvas.getBoundingClientRect();
  return nearestTo(event.clientX - box.left, event.clientY - box.top);
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

canvas.addEventListener("pointermove", event => map && go(pointed(event)));
canvas.addEventListener("click", event => {
  const i = map ? pointed(event) : -1;
  if (i >= 0) {
    location.href = `/features/${map.features[i]}`;
  }
});
canvas.addEventListener("keydown", event => {
  if (map && event.key in ARROWS) {
    event.preventDefault();
    go(next(...ARROWS[event.key]));
  } else if (map && event.key === "Enter" && here >= 0) {
    location.href = `/features/${map.features[here]}`;
  }
});
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
