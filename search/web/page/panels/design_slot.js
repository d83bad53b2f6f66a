// A design that /api/design is asked about, and what it says of the limits.

import {Latest} from "../parts/api.js";
import {el} from "../parts/dom.js";
import {show} from "../parts/format.js";

// Asks for one design at a time and says when a limit or the axes refuse it: `onDesign(design or null, problem or null, study)`.
export class DesignSlot {
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

export function verdict(design) {
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
