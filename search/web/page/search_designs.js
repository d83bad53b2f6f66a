// One design in detail, why another is not first, and two side by side: what /api/design tells.

import {Latest} from "./api.js";
import {button, el} from "./dom.js";
import {label, show} from "./format.js";
import {saveJson} from "./downloads.js";
import {breakdownTables, facts, shapeText, tokensAreAnAxis} from "./designs.js";
import {fieldText, parseNumber, typed} from "./numbers.js";
import {sameStudy} from "./study_edit.js";

// Asks for one design at a time and says when a limit or the axes refuse it: `onDesign(design or null, problem or null, study)`.
class DesignSlot {
  constructor(onDesign) {
    this.onDesign = onDesign;
    this.point = null;
    this.request = new Latest("design", {
      onAnswer: ({designs: [design]}, body) => this.hear(body, design, null),
      onError: (error, body) => this.hear(body, null, error.message),
    });
  }

  ask(point, study) {
    this.point = point;
    if (point) this.request.send({study, points: [point]});
    else {
      this.request.cancel();
      this.tell(null, null);
    }
  }

  // An answer about a point that was left since is none.
  hear({study, points: [point]}, design, problem) {
    if (point === this.point) this.tell(design, problem, study);
  }

  tell(design, problem, study) {
    this.design = design;
    this.onDesign(design, problem, study);
  }
}

export class DesignPanel {
  // `onCompare(slot, point)`; `onRelease()` lets a picked design go.
  constructor({onCompare, onRelease}) {
    this.slot = new DesignSlot((design, problem) => this.draw(design, problem));
    this.onCompare = onCompare;
    this.onRelease = onRelease;
    this.body = el("div", {class: "design-body"});
    this.element = el("section", {class: "design panel", "aria-label": "Design in detail"}, el("h2", {}, "Design"), this.body);
  }

  // `best`: the point is the best, not one that was picked.
  ask(point, study, best) {
    this.best = best;
    this.slot.ask(point, study);
  }

  draw(design, problem) {
    const {point} = this.slot;
    if (!design)
      return this.body.replaceChildren(
        el("p", {class: problem ? "problem" : "note"}, problem ?? "Pick a point of the front or a row of the table."),
        this.release(),
      );
    this.body.replaceChildren(
      el("p", {class: "design-shape"}, el("strong", {}, shapeText(design.row ?? point)), this.best ? " (the best)" : ""),
      verdict(design),
      el(
        "div",
        {class: "actions"},
        design.export
          ? button("Hugging Face config", () => saveJson("config.json", design.export), {dataset: {download: "config"}})
          : "",
        button("Compare as A", () => this.onCompare("a", point)),
        button("Compare as B", () => this.onCompare("b", point)),
        this.release(),
      ),
      design.row ? facts(design.row) : "",
      design.breakdown ? breakdownTables(design.breakdown) : "",
    );
  }

  release() {
    return this.best || !this.slot.point ? "" : button("Back to the best", this.onRelease);
  }
}

function verdict(design) {
  if (design.feasible) return el("p", {class: "feasible"}, "Meets every limit of the study.");
  return el(
    "div",
    {class: "breaks"},
    el("p", {}, "Not feasible here:"),
    el(
      "ul",
      {},
      design.breaks.map(({rule, text, value}) => el("li", {}, `${text || rule}${valueText(rule, value)}`)),
    ),
  );
}

function valueText(rule, value) {
  const [, metric] = /^(.*)\.(?:min|max)$/.exec(rule) ?? [];
  return metric && typeof value === "number" ? `; it has ${show(metric, value)}` : "";
}

const kAsked = ["layers", "hidden", "ffn", "experts", "experts_active", "experts_shared", "tokens"];

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
      kAsked.map((key) => [key, el("input", {type: "text", inputmode: "decimal", autocomplete: "off", id: `why-${key}`})]),
    );
    this.fields = Object.fromEntries(
      kAsked.map((key) => [key, el("div", {class: "part"}, el("label", {for: `why-${key}`}, label(key)), this.inputs[key])]),
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
    if (behind < -1e-9) return `It scores ${(-behind).toFixed(3)} MMLU more than the best, which the objective prefers.`;
    return "It scores as the best does.";
  }
}

const kCompared = [
  "layers",
  "hidden",
  "ffn",
  "experts",
  "experts_active",
  "experts_shared",
  "mmlu",
  "tokens",
  "total_params",
  "active_params",
  "train_flops",
  "train_days",
  "train_usd",
  "lifetime_usd",
  "train_memory_bytes_per_accelerator",
  "weight_bytes",
  "kv_bytes_per_token",
  "decode_tokens_per_second",
  "prefill_flops_per_token",
];

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
    const keys = kCompared.filter((key) => (a ?? b)[key] !== undefined && (a ?? b)[key] !== null);
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
