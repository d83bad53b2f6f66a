// Two designs side by side.

import {button, el} from "../parts/dom.js";
import {label, show} from "../parts/format.js";
import {DesignSlot, verdict} from "./design_slot.js";
import {kAxes, kDetails, shapeText} from "../parts/designs.js";

export class ComparePanel {
  constructor(onClear) {
    const draw = (name) => (_, problem) => {
      this.problems = {...this.problems, [name]: problem};
      this.draw();
    };
    this.slots = {a: new DesignSlot(draw("a")), b: new DesignSlot(draw("b"))};
    this.clear = button("Clear", onClear, {class: "quiet"});
    this.body = el("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": "Comparison of A and B"});
    this.element = el(
      "section",
      {class: "compare panel", "aria-label": "Compare two designs"},
      el("div", {class: "panel-head"}, el("h2", {}, "Compare"), this.clear),
      this.body,
    );
    this.draw();
  }

  ask(points, study) {
    for (const name of ["a", "b"]) this.slots[name].ask(points[name], study);
  }

  draw() {
    const [a, b] = [this.slots.a.design?.row, this.slots.b.design?.row];
    this.clear.hidden = !this.slots.a.point && !this.slots.b.point;
    const problems = Object.entries(this.problems ?? {})
      .filter(([, text]) => text)
      .map(([name, text]) => el("p", {class: "problem"}, `${name.toUpperCase()}: ${text}`));
    if (!a && !b)
      return this.body.replaceChildren(
        ...problems,
        el("p", {class: "note"}, "Choose A and B in the table or beside a picked design."),
      );
    const keys = [...kAxes, ...kDetails].filter((key) => (a ?? b)[key] !== undefined && (a ?? b)[key] !== null);
    const head = el("tr", {}, el("td"), ...["A", "B", "B − A"].map((text) => el("th", {scope: "col"}, text)));
    const rows = keys.map((key) =>
      el(
        "tr",
        {class: a && b && a[key] !== b[key] ? "differs" : ""},
        el("th", {scope: "row"}, label(key)),
        el("td", {}, plainValue(key, a)),
        el("td", {}, plainValue(key, b)),
        el("td", {}, a && b ? difference(key, a[key], b[key]) : "–"),
      ),
    );
    this.body.replaceChildren(
      ...problems,
      el(
        "table",
        {class: "comparison"},
        el("caption", {class: "unseen"}, "Two designs side by side"),
        el("thead", {}, head),
        el("tbody", {}, rows),
      ),
      ...this.verdicts(),
    );
  }

  verdicts() {
    return Object.entries(this.slots)
      .filter(([, slot]) => slot.design && !slot.design.feasible)
      .map(([name, slot]) =>
        el(
          "div",
          {},
          el("p", {}, `${name.toUpperCase()}: ${shapeText({...slot.point, ...slot.design.row})}`),
          verdict(slot.design),
        ),
      );
  }
}

// The row's heading says FLOPs already.
const plainValue = (key, row) => (row ? show(key, row[key]).replace(" FLOPs", "") : "–");

// In the metric itself where a share says little, else in percent of A.
function difference(key, a, b) {
  if (typeof a !== "number" || typeof b !== "number") return "–";
  if (a === b) return "=";
  const sign = b > a ? "+" : "−";
  const absolute = a === 0 || ["mmlu", "layers", "experts", "experts_active", "experts_shared"].includes(key);
  return sign + (absolute ? show(key, Math.abs(b - a)) : `${Number(Math.abs(100 * (b / a - 1)).toPrecision(3))}%`);
}
