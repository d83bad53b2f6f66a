// Why another design is not first: the limits that it breaks, or how far it lies behind.

import {el} from "../parts/dom.js";
import {label} from "../parts/format.js";
import {DesignSlot, verdict} from "./design_slot.js";
import {facts, kAxes, shapeText, tokensAreAnAxis} from "../parts/designs.js";
import {fieldText, parseNumber, typed} from "../parts/numbers.js";
import {sameStudy} from "../parts/study_edit.js";

const kAsked = [...kAxes, "tokens"];

// "Why not this one?": any point of the space.
export class WhyNotPanel {
  // `onPoint(point)` when one was asked for; `best()`: {row of the best or null, study that it answers}.
  constructor({onPoint, best}) {
    this.best = best;
    this.told = {};
    this.slot = new DesignSlot((design, problem, study) => {
      this.told = {design, problem, study};
      this.draw();
    });
    this.inputs = Object.fromEntries(
      kAsked.map((key) => [
        key,
        el("input", {type: "text", inputmode: "decimal", autocomplete: "off", id: `why-${key}`}),
      ]),
    );
    this.fields = Object.fromEntries(
      kAsked.map((key) => [
        key,
        el("div", {class: "part"}, el("label", {for: `why-${key}`}, label(key)), this.inputs[key]),
      ]),
    );
    const form = el(
      "form",
      {
        class: "why-form",
        on: {
          submit: (event) => {
            event.preventDefault();
            onPoint(this.read());
          },
        },
      },
      Object.values(this.fields),
      el("button", {type: "submit"}, "Why not?"),
    );
    this.answer = el("div", {class: "why-answer", "aria-live": "polite"});
    this.element = el(
      "section",
      {class: "why panel", "aria-label": "Why not another design"},
      el("h2", {}, "Why not …?"),
      form,
      this.answer,
    );
  }

  read() {
    return Object.fromEntries(
      kAsked
        .filter((key) => !this.fields[key].hidden)
        .map((key) => [key, typed(this.inputs[key].value)])
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => [key, Number.isFinite(parseNumber(value)) ? parseNumber(value) : value]),
    );
  }

  // The form starts from the best until something was asked.
  show(study, point) {
    this.fields.tokens.hidden = !tokensAreAnAxis(study);
    const start = point ?? this.best().row;
    const untouched = !this.element.contains(document.activeElement);
    if (start && untouched) for (const key of kAsked) this.inputs[key].value = fieldText(start[key]);
    this.draw();
  }

  ask(point, study) {
    this.slot.ask(point, study);
  }

  draw() {
    const {design, problem} = this.told;
    if (!design) return this.answer.replaceChildren(...(problem ? [el("p", {class: "problem"}, problem)] : []));
    const place = this.place();
    this.answer.replaceChildren(
      ...[
        el("p", {}, el("strong", {}, shapeText({...this.slot.point, ...design.row}))),
        verdict(design),
        place && el("p", {}, place),
        design.row ? facts(design.row) : null,
      ].filter(Boolean),
    );
  }

  // Beside the best of the same study only: the two answers come apart while controls move.
  place() {
    const {design, study} = this.told;
    const {row, study: answered} = this.best();
    if (!design.feasible || !row || !sameStudy(study, answered)) return null;
    const behind = row.mmlu_raw - design.row.mmlu_raw;
    if (behind > 1e-9) return `It scores ${behind.toFixed(3)} MMLU less than the best.`;
    if (behind < -1e-9)
      return `It scores ${(-behind).toFixed(3)} MMLU more than the best, which the objective prefers.`;
    return "It scores as the best does.";
  }
}
