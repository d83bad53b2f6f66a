// The live front: two metrics chosen by selects, a chart with the best marked, a click on a point.

import {el, select} from "./dom.js";
import {Latest} from "./api.js";
import {mountCharts} from "./charts.js";
import {thin} from "./chart_parts.js";
import {label} from "./format.js";
import {numberPart} from "./inputs.js";
import {usualFront} from "./study_edit.js";
import {metricPairs} from "./study_parts.js";
import {view} from "./view.js";

// Designs nearer than this to another of the front are left out, unless the study says otherwise: the law's error is far larger.
const kUsualResolution = 0.05;

export function frontOf(study) {
  const pareto = study.pareto ?? usualFront(study);
  return {pareto, resolution: study.resolution ?? (pareto.includes("mmlu") ? {mmlu: kUsualResolution} : {})};
}

const metricOf = (axis) => (typeof axis === "string" ? axis : Object.values(axis)[0]);

export class FrontPanel {
  // `on`: {edit(path, value, committed), pick(row), message(text)}
  constructor(on) {
    this.on = on;
    this.request = new Latest("search", {
      onAnswer: (result) => this.draw(result),
      onError: (error) => this.say(error.message),
      onBusy: (busy) => this.element.classList.toggle("busy", busy),
    });
    this.axes = [0, 1].map((i) =>
      select(metricPairs(), undefined, (value) => this.setAxis(i, value), {
        "aria-label": i ? "Front, second metric" : "Front, first metric",
      }),
    );
    this.fineness = el("div", {class: "fineness"});
    this.note = el("p", {class: "note", hidden: true});
    this.figure = el("div", {class: "front-figure"});
    this.element = el(
      "section",
      {class: "front panel", "aria-label": "Front"},
      el(
        "div",
        {class: "panel-head"},
        el("h2", {}, "Front"),
        this.axes[0],
        el("span", {}, "against"),
        this.axes[1],
        this.fineness,
      ),
      this.note,
      this.figure,
    );
  }

  show(study) {
    this.front = frontOf(study);
    this.front.pareto.slice(0, 2).forEach((axis, i) => {
      this.axes[i].value = metricOf(axis);
    });
    this.showFineness();
  }

  showFineness() {
    const metric = metricOf(this.front.pareto[0]);
    if (this.fineness.dataset.metric !== metric) {
      this.fineness.dataset.metric = metric;
      this.part = numberPart({
        label: `Resolution in ${label(metric)}`,
        onValue: (value, committed) => this.on.edit("resolution", {...this.front.resolution, [metric]: value ?? 0}, committed),
      });
      this.fineness.replaceChildren(this.part.element);
    }
    this.part.show(this.front.resolution[metric] ?? 0);
  }

  setAxis(i, metric) {
    const pareto = [...this.front.pareto];
    pareto[i] = metric;
    const names = pareto.map(metricOf);
    const resolution = Object.fromEntries(Object.entries(this.front.resolution).filter(([name]) => names.includes(name)));
    this.on.edit("pareto", pareto, true);
    this.on.edit("resolution", resolution, true);
  }

  ask(study) {
    this.request.send({study: {...study, ...frontOf(study)}});
  }

  cancel() {
    this.request.cancel();
  }

  say(text) {
    this.note.textContent = text ?? "";
    this.note.hidden = !text;
    if (text) this.clear();
  }

  clear() {
    this.dispose?.();
    this.dispose = null;
    this.figure.replaceChildren();
  }

  draw(result) {
    this.result = {...result, pareto: this.front.pareto};
    if (result.front.length === 0) return this.say("No feasible design, so no front.");
    this.say(null);
    const picture = view(this.result).pictures.find(({id}) => id.startsWith("front"));
    this.dispose?.();
    const slot = el("div", {class: "chart", role: "img", "aria-label": `${picture.title}. ${picture.description}`});
    const caption = el("figcaption", {}, `${picture.description} Click a point for its details.`);
    this.figure.replaceChildren(el("figure", {dataset: {picture: picture.id}}, slot, caption));
    const rows = thin(result.front);
    this.dispose = mountCharts(this.figure, [picture], {onPick: (id, i) => this.on.pick(rows[i] ?? result.best[0])});
  }
}
