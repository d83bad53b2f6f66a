// Text with its label, and a value that may be a range: "1T to 2T".

import {el, uniqueId} from "./dom.js";
import {fieldText, typed} from "./numbers.js";

// `read(text)` and `write(value)` say how a value stands in the field; empty is undefined.
export function textPart({
  label,
  hint,
  read = (text) => text.trim() || undefined,
  write = (value) => value ?? "",
  onValue,
}) {
  const id = uniqueId("text");
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const input = el("input", {
    id,
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
    "aria-describedby": hint ? `${id}-hint` : null,
    on: {input: () => onValue(read(input.value), false), change: () => onValue(read(input.value), true)},
  });
  return {
    element: el(
      "div",
      {class: "part"},
      el("label", {for: id}, label),
      input,
      hint ? el("p", {class: "hint", id: `${id}-hint`}, hint) : null,
    ),
    show(value) {
      if (!same(read(input.value), value)) input.value = write(value);
    },
  };
}

// A number or {from, to}; `one` reads what stands on either side.
export function rangePart({label, hint, one = typed, onValue}) {
  const read = (text) => {
    const [from, to] = text.split(/\s+to\s+|\s*\.\.\s*/);
    return to === undefined ? one(from) : {from: one(from), to: one(to)};
  };
  const write = (value) =>
    value !== null && typeof value === "object"
      ? `${fieldText(value.from)} to ${fieldText(value.to)}`
      : fieldText(value);
  return textPart({label, hint, read, write, onValue});
}

// Names with commas between.
export function namesPart(spec) {
  const read = (text) => {
    const names = text
      .split(",")
      .map((name) => name.trim())
      .filter(Boolean);
    return names.length ? names : undefined;
  };
  return textPart({...spec, read, write: (value) => (Array.isArray(value) ? value.join(", ") : (value ?? ""))});
}

// An object as JSON; what is none yet stays text, which the program refuses.
export function jsonPart(spec) {
  const read = (text) => {
    if (!text.trim()) return undefined;
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  };
  return textPart({
    ...spec,
    read,
    write: (value) => (value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value)),
  });
}
