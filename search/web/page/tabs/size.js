// Size: total parameters from benchmark scores.

import {AskPanel} from "../panels/ask.js";
import {AskTab} from "./ask_tab.js";
import {el} from "../parts/dom.js";
import {numberPart} from "../parts/inputs.js";
import {typed} from "../parts/numbers.js";
import {SizeRows} from "../parts/size_rows.js";

const kStart = {omniscience_accuracy: "0.3", mmlu_pro: "0.85"};

export class SizeTab extends AskTab {
  constructor(app) {
    super(app);
    this.rows = new SizeRows(app.catalog, (rows, committed) => this.set({rows}, committed));
    this.ratio = numberPart({
      label: "Activated share",
      hint: "empty: not known",
      onValue: (ratio, committed) => this.set({ratio}, committed),
    });
    this.panel = new AskPanel(app, {
      name: "size",
      kind: "request",
      title: "Total parameters",
      onProblem: (message) => this.complain(message),
      rows: (result) => result.benchmarks.map(({benchmark, total_params}) => ({benchmark, total_params})),
    });
    this.form = el("div", {class: "side"}, el("h2", {}, "Scores"), this.rows.element, this.ratio.element);
    this.element = el("div", {class: "ask-tab"}, this.form, el("div", {class: "main"}, this.panel.element));
  }

  // From the address: {BENCHMARK: score or "?", benchmarks: "none" where all rows are gone, active_ratio}.
  show({active_ratio: ratio, benchmarks, ...scores}) {
    const known = Object.keys(scores).filter((name) => this.app.catalog.benchmarks.some((one) => one.name === name));
    const given = known.length ? scores : benchmarks === "none" ? {} : kStart;
    const scoreOf = (text) => (text === "?" ? undefined : typed(text));
    this.state = {
      rows: Object.keys(given).map((benchmark) => ({benchmark, score: scoreOf(given[benchmark])})),
      ratio: typed(ratio ?? ""),
    };
    this.draw();
    this.ask();
  }

  values() {
    return {
      benchmarks: this.state.rows.length ? undefined : "none",
      ...Object.fromEntries(this.state.rows.map(({benchmark, score}) => [benchmark, score ?? "?"])),
      active_ratio: this.state.ratio,
    };
  }

  lawName() {
    return null;
  }

  draw() {
    this.rows.show(this.state.rows);
    this.ratio.show(this.state.ratio);
  }

  ask() {
    const rows = this.state.rows.filter(({score}) => score !== undefined);
    const body = {benchmarks: rows, ...(this.state.ratio === undefined ? {} : {active_ratio: this.state.ratio})};
    this.panel.ask(rows.length ? body : null, rows.length ? "" : "Give at least one score.");
  }

  complain(message) {
    this.tell(message, [...this.rows.places("benchmarks"), {path: "active_ratio", element: this.ratio.element}]);
  }
}
