// Building elements: text goes in as text, so nothing has to be escaped.

// `props`: class, dataset, on{event: listener}; properties of the element; all else is an attribute, left out when null or false.
export function el(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) set(element, key, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

function set(element, key, value) {
  if (key === "class") element.className = value;
  else if (key === "dataset") Object.assign(element.dataset, value);
  else if (key === "on")
    for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
  else if (kProperties.has(key)) element[key] = value;
  else if (value === true) element.setAttribute(key, "");
  else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value);
}

const kProperties = new Set(["checked", "disabled", "hidden", "multiple", "open", "value", "textContent", "htmlFor"]);

let ids = 0;
export const uniqueId = (stem) => `${stem}-${++ids}`;

export function options(pairs) {
  return pairs.map(([value, label]) => el("option", {value}, label));
}

// A label over a control, with a place for a hint.
export function field(label, control, {hint, className = ""} = {}) {
  control.id ||= uniqueId("field");
  const parts = [el("label", {for: control.id}, label), control];
  if (hint) {
    const id = `${control.id}-hint`;
    control.setAttribute("aria-describedby", id);
    parts.push(el("p", {class: "hint", id}, hint));
  }
  return el("div", {class: `field ${className}`.trim()}, ...parts);
}

export function button(label, onClick, props = {}) {
  return el("button", {type: "button", ...props, on: {click: onClick}}, label);
}

// A choice from named values; `value` that is not among them stands in the list all the same, so that it is seen.
export function select(pairs, value, onChange, props = {}) {
  const known = pairs.some(([name]) => name === value);
  const all = known || value === undefined ? pairs : [...pairs, [value, value]];
  const control = el("select", {...props, on: {change: () => onChange(control.value)}}, options(all));
  if (value !== undefined) control.value = value;
  return control;
}

// Replaces what stands in `place` without the page below moving up meanwhile, which would lose its scroll position.
export function keepingHeight(place, redraw) {
  place.style.minHeight = `${place.offsetHeight}px`;
  redraw();
  place.style.minHeight = "";
}

// A plain table: the first cell of each row is its heading. `unseen`: the caption is for screen readers.
export function table({caption, unseen = false, className = ""}, columns, rows) {
  const head = el(
    "tr",
    {},
    columns.map((text) => el("th", {scope: "col"}, text)),
  );
  const body = rows.map((cells) =>
    el(
      "tr",
      {},
      cells.map((cell, i) => el(i ? "td" : "th", i ? {} : {scope: "row"}, cell)),
    ),
  );
  const title = el("caption", {class: unseen ? "unseen" : ""}, caption);
  return el("table", {class: className}, title, el("thead", {}, head), el("tbody", {}, body));
}
