'use strict';
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const one = (selector, within = document) => within.querySelector(selector);

/** A number of an element's, else its text; null if there is neither. */
const keyOf = (element) => {
  if (element?.classList.contains('none')) return null;
  const number = element && one('data', element);
  return number ? Number(number.value) : element?.textContent.trim() || null;
};

/** Sorts rows by a key; those without one come last either way. */
function sort(body, key, direction) {
  const sign = direction === 'descending' ? -1 : 1;
  const rows = [...body.rows].map((row) => ({ row, key: key(row) }));
  rows.sort((a, b) => {
    if (a.key === null || b.key === null) return (a.key === null) - (b.key === null);
    return sign * (typeof a.key === 'string' ? a.key.localeCompare(b.key) : a.key - b.key);
  });
  body.append(...rows.map(({ row }) => row));
}

/** Marks the heading that rows are sorted by; none for their first order. */
function mark(headings, sorted, direction) {
  headings.forEach((heading) => heading.removeAttribute('aria-sort'));
  sorted?.setAttribute('aria-sort', direction);
}

/** Makes a heading a button. */
function pressable(heading, action) {
  const button = document.createElement('button');
  button.type = 'button';
  button.append(...heading.childNodes);
  button.addEventListener('click', action);
  heading.append(button);
}

const other = (direction) => (direction === 'descending' ? 'ascending' : 'descending');

for (const table of all('.sortable')) {
  const headings = all('thead th', table);
  headings.forEach((heading, column) =>
    pressable(heading, () => {
      const now = heading.getAttribute('aria-sort');
      const direction = now ? other(now) : column === 0 ? 'ascending' : 'descending';
      const keys = (row) => (['failure', 'none'].includes(row.cells[column]?.className) ? null : keyOf(row.cells[column]));
      sort(table.tBodies[0], keys, direction);
      mark(headings, heading, direction);
    }));
}

const grid = one('.grid > table');
const methods = all('thead th[data-method]', grid);
const first = new Map([...grid.tBodies[0].rows].map((row, place) => [row, place]));
const [quantity, method, direction] = ['quantity', 'method', 'direction'].map((name) => one(`#order-${name}`));

function order() {
  const by = quantity.value;
  const cell = `[data-method="${method.value}"] [data-quantity="${by}"]`;
  sort(grid.tBodies[0], by ? (row) => keyOf(one(cell, row)) : (row) => first.get(row), by ? direction.value : 'ascending');
  mark(methods, by ? methods.find((heading) => heading.dataset.method === method.value) : null, direction.value);
}

one('#order').hidden = false;
[quantity, method, direction].forEach((select) => select.addEventListener('change', order));
methods.forEach((heading) =>
  pressable(heading, () => {
    const again = heading.getAttribute('aria-sort');
    if (again) direction.value = other(again);
    quantity.value ||= 'score';
    method.value = heading.dataset.method;
    order();
  }));

/** A picture in a dialog: as it is and under its activation map, and its row of numbers. */
const dialog = one('dialog');
dialog.addEventListener('click', () => dialog.close());

function enlarge(picture) {
  const [image, overlay] = all('img', picture);
  const numbers = document.getElementById(picture.hash.slice(1));
  const names = all('thead th', numbers.closest('table'));
  one('h2', dialog).textContent = image.alt;
  one('.pair', dialog).replaceChildren(
    ...[[image], [image, overlay]].map((layers) => {
      const box = document.createElement('div');
      box.className = `layers ${image.naturalWidth < 96 ? 'small' : 'large'}`;
      box.append(...layers.map((layer) => layer.cloneNode()));
      return box;
    }));
  one('dl', dialog).replaceChildren(
    ...[...numbers.cells].slice(1).map((cell, i) => {
      const line = document.createElement('div');
      const [name, value] = ['dt', 'dd'].map((tag) => document.createElement(tag));
      name.textContent = names[i + 1].textContent;
      value.append(...[...cell.childNodes].map((node) => node.cloneNode(true)));
      line.append(name, value);
      return line;
    }));
  dialog.showModal();
}

all('.grid a.layers').forEach((picture) => {
  picture.setAttribute('aria-haspopup', 'dialog');
  picture.addEventListener('click', (event) => {
    event.preventDefault();
    enlarge(picture);
  });
});
