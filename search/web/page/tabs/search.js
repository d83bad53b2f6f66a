// Search: a study as controls, the best architectures and the front following as they move.

import {changes, withChanges} from "../parts/address.js";
import {Latest} from "../parts/api.js";
import {button, el, field, select} from "../parts/dom.js";
import {downloadBar} from "../report/downloads.js";
import {jsonOf, takeFiles} from "../parts/files.js";
import {ResultView} from "../report/result_view.js";
import {Headline, bestTable, infeasible, warningList} from "../panels/search_answer.js";
import {pointFromKey, pointKey, pointOf, samePoint} from "../parts/designs.js";
import {ComparePanel} from "../panels/compare.js";
import {DesignPanel} from "../panels/design.js";
import {WhyNotPanel} from "../panels/why_not.js";
import {FrontPanel, frontOf} from "../panels/search_front.js";
import {misshapen, withoutFront} from "../parts/study_edit.js";
import {StudyForm} from "../parts/study_form.js";

const kFirst = "1024xh100-30d";
const kRestMs = 150;
const kPoints = ["pick", "a", "b", "why"];

export class SearchTab {
  constructor(app) {
    this.app = app;
    this.result = null;
    this.points = {};
    this.request = new Latest("search", {
      onAnswer: (result, {study}) => this.answer(result, study),
      onError: (error) => this.fail(error.message),
      onBusy: (busy) => this.element.setAttribute("aria-busy", String(busy)),
    });
    this.build();
  }

  build() {
    const {catalog} = this.app;
    const best = () => this.result?.best[0] ?? null;
    this.form = new StudyForm(catalog, {best, onChange: (study, committed) => this.update(study, committed)});
    this.presets = select(
      Object.keys(catalog.studies).map((name) => [name, name]),
      undefined,
      (name) => this.open(name),
      {class: "preset"},
    );
    this.headline = new Headline();
    this.notes = el("div", {class: "answer-notes"});
    this.warnings = el("ul", {class: "warnings", "aria-label": "Warnings"});
    this.table = el("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": "Best designs"});
    this.front = new FrontPanel({
      edit: (values, committed) => this.form.change(values, committed),
      pick: (row) => this.toggle("pick", pointOf(row, this.study)),
    });
    this.design = new DesignPanel({
      onCompare: (slot, point) => this.choose(slot, point),
      onRelease: () => this.choose("pick", null),
    });
    this.why = new WhyNotPanel({
      best: () => ({row: best(), study: this.answered}),
      onPoint: (point) => this.choose("why", point),
    });
    this.compare = new ComparePanel(() => this.choose("a", null, "b"));
    this.full = new ResultView("Everything about this search");
    this.downloads = downloadBar({
      stem: () => `search-${this.preset || "study"}`,
      kind: "study",
      announce: this.app.announce,
      request: () => ({...this.study, ...frontOf(this.study)}),
      rows: () => this.result.best,
      result: () => this.whole(),
    });
    this.element = el("div", {class: "search"}, this.headline.element, this.controls(), this.results());
  }

  controls() {
    const take = () => this.openFile(takeFiles(file)[0]);
    const file = el("input", {type: "file", accept: ".json,application/json", on: {change: take}});
    return el(
      "div",
      {class: "side"},
      field("Start from", this.presets),
      this.form.element,
      el(
        "div",
        {class: "side-foot"},
        field("Open a study file", file),
        button("Back to the preset", () => this.open(this.preset || kFirst)),
      ),
    );
  }

  results() {
    const table = el(
      "section",
      {class: "panel", "aria-label": "Best architectures"},
      el("div", {class: "panel-head"}, el("h2", {}, "Best architectures"), this.downloads.element),
      this.table,
      this.warnings,
    );
    return el(
      "div",
      {class: "main"},
      this.notes,
      this.front.element,
      table,
      this.design.element,
      el("div", {class: "pair"}, this.why.element, this.compare.element),
      this.full.element,
    );
  }

  // From the address: {study: preset name, pick, a, b, why: points, all else: changes of the preset by path}.
  show({study: name = kFirst, ...values}) {
    const texts = Object.fromEntries(Object.entries(values).filter(([key]) => !kPoints.includes(key)));
    const known = Object.hasOwn(this.app.catalog.studies, name);
    const base = known ? this.app.catalog.studies[name] : {};
    const study = withChanges(base, texts);
    const problem = misshapen(study);
    if (problem) throw new Error(problem);
    this.form.show(study);
    this.base = base;
    this.preset = this.presets.value = known ? name : "";
    this.points = Object.fromEntries(kPoints.map((slot) => [slot, values[slot] ? pointFromKey(values[slot]) : null]));
    this.run(study);
  }

  values() {
    const points = Object.fromEntries(
      kPoints.filter((slot) => this.points[slot]).map((slot) => [slot, pointKey(this.points[slot])]),
    );
    return {study: this.preset || "none", ...changes(this.base, this.study), ...points};
  }

  lawName() {
    return this.study.law ?? "performance-law-2024";
  }

  open(name) {
    this.preset = this.presets.value = name;
    this.base = this.app.catalog.studies[name];
    this.points = {};
    this.form.show(structuredClone(this.base));
    this.update(this.form.study, true);
  }

  async openFile(file) {
    if (!file) return;
    try {
      const study = jsonOf(await file.text());
      const problem = misshapen(study);
      if (problem) throw new Error(problem);
      this.form.show(study);
      this.preset = this.presets.value = "";
      this.base = {};
      this.points = {};
      this.update(study, true);
    } catch (error) {
      this.app.announce(`${file.name} is not a study: ${error.message}`);
    }
  }

  get study() {
    return this.form.study;
  }

  update(study, committed) {
    this.app.changed(committed);
    this.run(study);
  }

  // The search goes out at once; what is slower to draw waits until the controls rest.
  run(study) {
    this.front.show(study);
    this.request.send({study: withoutFront(study)});
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.follow(), kRestMs);
  }

  follow() {
    this.front.ask(this.study);
    this.askPoints();
  }

  // `study` is what was answered: controls may have moved on since.
  answer(result, study) {
    this.result = result;
    this.answered = study;
    this.form.complain(null);
    this.app.announce(null);
    this.headline.show(result);
    this.element.classList.remove("failed");
    this.notes.replaceChildren(
      ...(result.status === "infeasible"
        ? [infeasible(result, (path, value) => this.form.edit(path, value, true))]
        : []),
    );
    this.warnings.replaceChildren(...warningList(result));
    this.drawTable();
    this.why.show(this.study, this.points.why);
    this.downloads.refresh();
    this.full.show(() => this.whole());
    if (!this.points.pick) this.askBest();
  }

  fail(message) {
    this.element.classList.add("failed");
    this.front.cancel();
    this.form.complain(message);
    this.app.announce(message);
  }

  // With the front, as `perflaw search` gives both; without it while none of this study is there.
  whole() {
    return this.result && (this.front.answerTo(this.answered) ?? this.result);
  }

  drawTable() {
    const focused = this.table.querySelector(":focus")?.getAttribute("aria-label");
    const on = {pick: (point) => this.toggle("pick", point), compare: (slot, point) => this.toggle(slot, point)};
    this.table.replaceChildren(
      ...(this.result.best.length ? [bestTable(this.result, this.answered, this.points, on)] : []),
    );
    if (focused) this.table.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
  }

  // What is chosen already is let go.
  toggle(slot, point) {
    this.choose(slot, samePoint(point, this.points[slot]) ? null : point);
  }

  choose(slot, point, ...alsoCleared) {
    this.points = {...this.points, [slot]: point, ...Object.fromEntries(alsoCleared.map((other) => [other, null]))};
    this.app.changed(true);
    if (this.result) this.drawTable();
    this.askPoints();
    if (this.result && !this.points.pick) this.askBest();
  }

  askPoints() {
    const study = withoutFront(this.study);
    if (this.points.pick) this.design.ask(this.points.pick, study, false);
    this.why.ask(this.points.why, study);
    this.compare.ask(this.points, study);
  }

  askBest() {
    const best = this.result?.best[0];
    this.design.ask(best ? pointOf(best, this.answered) : null, this.answered, true);
  }
}
