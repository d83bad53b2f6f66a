// The live front: two metrics chosen by selects, a chart with the best marked, a click on a point.

import {el, keepingHeight, select} from "../parts/dom.js";
import {Latest} from "../parts/api.js";
import {mountCharts} from "../report/charts.js";
import {label} from "../parts/format.js";
import {numberPart} from "../parts/inputs.js";
import {sameStudy, usualFront, withoutFront} from "../parts/study_edit.js";
import {metricPairs} from "../parts/study_parts.js";
import {view} from "../report/view.js";

// Designs nearer than this to another of the front are left out, unless the study says otherwise: the law's error is far larger.
const kUsualResolution = 0.05;

export function frontOf(study) {
  const pareto = study.pareto ?? usualFront(study);
  return {pareto, resolution: study.resolution ?? (pareto.includes("mmlu") ? {mmlu: kUsualResolution} : {})};
}

const metricOf = (axis) => (typeof axis === "string" ? axis : Object.values(axis)[0]);

export class FrontPanel {
  // `on`: {edit(changes by path, committed), pick(row)}
  constructor(on) {
    this.on = on;
    this.answered = null;
    this.request = new Latest("search", {
      onAnswer: (result, {study}) => this.answer(result, study),
      onError: (error) => this.fail(error.message),
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
    this.study = study;
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
        onValue: (value, committed) =>
          this.on.edit({resolution: {...this.front.resolution, [metric]: value ?? 0}}, committed),
      });
      this.fineness.replaceChildren(this.part.element);
    }
    this.part.show(this.front.resolution[metric] ?? 0);
  }

  // A metric that another axis has goes from there to here, and that axis gets what stood here.
  setAxis(i, metric) {
    const pareto = [...this.front.pareto];
    const other = pareto.map(metricOf).indexOf(metric);
    const chosen = other < 0 ? metric : pareto[other];
    if (other >= 0) pareto[other] = pareto[i];
    pareto[i] = chosen;
    const names = pareto.map(metricOf);
    const kept = Object.entries(this.study.resolution ?? {}).filter(([name]) => names.includes(name));
    this.on.edit({pareto, resolution: kept.length ? Object.fromEntries(kept) : undefined}, true);
  }

  ask(study) {
    this.request.send({study: {...study, ...frontOf(study)}});
  }

  cancel() {
    this.request.cancel();
  }

  // The whole answer with the front that is shown, if it is one to this study; else null.
  answerTo(study) {
    const {answered} = this;
    if (!answered || !sameStudy(withoutFront(answered.study), withoutFront(study))) return null;
    return sameStudy(frontOf(answered.study), this.front) ? answered.result : null;
  }

  answer(result, study) {
    this.answered = {result, study};
    this.say(result.front.length ? null : "No feasible design, so no front.");
    if (result.front.length) keepingHeight(this.figure, () => this.draw(result));
    else this.clear();
  }

  fail(message) {
    this.answered = null;
    this.say(message);
    this.clear();
  }

  say(text) {
    this.note.textContent = text ?? "";
    this.note.hidden = !text;
  }

  clear() {
    this.dispose?.();
    this.dispose = null;
    this.figure.replaceChildren();
  }

  draw(result) {
    this.clear();
    const picture = view(result).pictures.find(({id}) => id.startsWith("front"));
    const slot = el("div", {class: "chart", role: "img", "aria-label": `${picture.title}. ${picture.description}`});
    const caption = el(
      "figcaption",
      {},
      `${picture.description} Click a point for its details, and again for the best.`,
    );
    this.figure.append(el("figure", {dataset: {picture: picture.id}}, slot, caption));
    this.dispose = mountCharts(this.figure, [picture], {onPick: (id, i) => this.pick(result, picture.picks[i])});
  }

  // `index`: the design's number in the space. Which of the front a picture shows is its own affair; the best is always there.
  pick(result, index) {
    const row = [...result.front, ...result.best].find((one) => one.index === index);
    if (row) this.on.pick(row);
  }
}
