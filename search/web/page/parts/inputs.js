// The parts that a study's controls are made of. Each part is {element, show(value)}; showing never disturbs what is being typed.

import {el, select, uniqueId} from "./dom.js";
import {fieldText, kSliderSteps, parseNumber, positionOf, typed, valueAt} from "./numbers.js";

// A number with its label, and a slider where `slider` gives a range. `onValue(value, committed)`: a slider on its way is not
// committed. Values are as studies hold them, see numbers.js. `snap(value)` is where a slider may stop.
export function numberPart({label, hint, slider, snap = (value) => value, onValue}) {
  const id = uniqueId("number");
  const text = el("input", {id, type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false"});
  text.addEventListener("input", () => onValue(typed(text.value), false));
  text.addEventListener("change", () => onValue(typed(text.value), true));
  const range = slider
    ? sliderPart(label, {...slider, snap}, (value, committed) => {
        text.value = fieldText(value);
        onValue(value, committed);
      })
    : null;
  if (hint) text.setAttribute("aria-describedby", `${id}-hint`);
  const element = el(
    "div",
    {class: `part${slider ? " with-slider" : ""}`},
    el("div", {}, el("label", {for: id}, label), hint ? el("p", {class: "hint", id: `${id}-hint`}, hint) : null),
    text,
    range?.element,
  );
  return {
    element,
    show(value) {
      if (typed(text.value) !== value) text.value = fieldText(value);
      range?.show(value);
    },
  };
}

function sliderPart(label, range, onValue) {
  const element = el("input", {type: "range", min: 0, max: kSliderSteps, step: 1, "aria-label": `${label}, slider`});
  const value = () => range.snap(valueAt(Number(element.value), range));
  const move = (committed) => {
    element.setAttribute("aria-valuetext", fieldText(value()));
    onValue(value(), committed);
  };
  element.addEventListener("input", () => move(false));
  element.addEventListener("change", () => move(true));
  return {
    element,
    show(given) {
      const number = parseNumber(given);
      if (value() !== number) element.value = positionOf(number, range);
      element.setAttribute("aria-valuetext", fieldText(given));
    },
  };
}

// One of `pairs` [value, label]. `untyped`: the values may be numbers or false in a study. `none`: the label of leaving it out.
export function choicePart({label, pairs, none, untyped, hint, onValue}) {
  const id = uniqueId("choice");
  const all = none ? [["", none], ...pairs] : pairs;
  const read = (text) => (text === "" ? undefined : !untyped ? text : text === "false" ? false : typed(text));
  const control = select(all, undefined, (text) => onValue(read(text), true), {
    id,
    "aria-describedby": hint ? `${id}-hint` : null,
  });
  const element = el(
    "div",
    {class: "part"},
    el("label", {for: id}, label),
    control,
    hint ? el("p", {class: "hint", id: `${id}-hint`}, hint) : null,
  );
  return {
    element,
    show(value) {
      const text = value === undefined ? "" : String(value);
      if (![...control.options].some((option) => option.value === text))
        control.append(el("option", {value: text}, text || "default"));
      control.value = text;
    },
  };
}

export function togglePart({label, onValue}) {
  const box = el("input", {type: "checkbox", on: {change: () => onValue(box.checked, true)}});
  return {
    element: el("label", {class: "part toggle"}, box, el("span", {}, label)),
    show(value) {
      box.checked = value === true;
    },
  };
}

// Numbers with commas between.
export function listPart({label, onValue}) {
  const id = uniqueId("list");
  const read = () => {
    const values = text.value
      .split(/[,\s]+/)
      .filter(Boolean)
      .map(typed);
    return values.length ? values : undefined;
  };
  const text = el("input", {
    id,
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
    on: {input: () => onValue(read(), false), change: () => onValue(read(), true)},
  });
  return {
    element: el("div", {class: "part wide"}, el("label", {for: id}, label), text),
    show(value) {
      if (JSON.stringify(read()) !== JSON.stringify(value)) text.value = (value ?? []).map(fieldText).join(", ");
    },
  };
}
