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
  else if (key === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
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
