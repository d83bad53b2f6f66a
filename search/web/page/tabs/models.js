// Models: what an architecture consists of, what it will score, and how the score grows with tokens.

import {AskPanel} from "../panels/ask.js";
import {AskTab} from "./ask_tab.js";
import {el} from "../parts/dom.js";
import {choicePart, numberPart} from "../parts/inputs.js";
import {ModelPicker} from "../panels/model_picker.js";
import {typed} from "../parts/numbers.js";
import {kDtypes} from "../parts/study_parts.js";
import {textPart} from "../parts/text_part.js";

const kStart = {tokens: "15T", gamma: 1, context: 4096, dtype: "bf16", from: "1T", to: "100T"};
// In an address: a field that was emptied, so that it does not start again.
const kEmpty = "none";

export class ModelsTab extends AskTab {
  constructor(app) {
    super(app);
    const at = (key) => (value, committed) => this.set({[key]: value}, committed);
    const number = (key, label, more) => numberPart({label, ...more, onValue: at(key)});
    this.model = new ModelPicker(app.catalog, {
      first: "llama-3.1-70b",
      onChange: (committed) => this.changed(committed),
    });
    this.parts = {
      tokens: number("tokens", "Training tokens", {slider: {min: 1e11, max: 1e14, log: true}}),
      gamma: number("gamma", "Gamma", {slider: {min: 1, max: 4, step: 0.01}}),
      law: choicePart({label: "Law", pairs: app.catalog.laws.map((name) => [name, name]), onValue: at("law")}),
      year_month: textPart({
        label: "Date of the recipe",
        hint: "as 2023-07; for laws with a trend",
        onValue: at("year_month"),
      }),
      from: number("from", "Curve from, tokens"),
      to: number("to", "Curve to, tokens"),
      context: number("context", "Context"),
      dtype: choicePart({label: "Number format", pairs: kDtypes, onValue: at("dtype")}),
    };
    const panel = (name, title, rows) =>
      new AskPanel(app, {name, title, kind: "request", rows, onProblem: (message) => this.complain(name, message)});
    this.panels = {
      predict: panel("predict", "Prediction", (result) => [result]),
      curve: panel("curve", "Score over tokens", (result) =>
        result.series.flatMap(({gamma, points}) => points.map((point) => ({gamma, ...point}))),
      ),
      count: panel("count", "Parameters by block", (result) =>
        Object.keys(result.blocks).map((block) => ({
          block,
          total: result.blocks[block],
          activated: result.active_blocks[block],
        })),
      ),
    };
    this.problems = {};
    this.form = el(
      "div",
      {class: "side"},
      this.model.element,
      Object.values(this.parts).map((part) => part.element),
    );
    this.element = el(
      "div",
      {class: "ask-tab"},
      this.form,
      el(
        "div",
        {class: "main"},
        Object.values(this.panels).map((one) => one.element),
      ),
    );
  }

  async show(values) {
    const given = Object.fromEntries(
      Object.keys(this.parts)
        .filter((key) => values[key] !== undefined)
        .map((key) => [
          key,
          values[key] === kEmpty ? undefined : key === "year_month" ? values[key] : typed(values[key]),
        ]),
    );
    this.state = {...kStart, law: this.app.catalog.laws[0], ...given};
    const ready = this.model.show(values);
    this.draw();
    await ready;
    this.ask();
  }

  values() {
    const emptied = Object.keys(kStart).filter((key) => this.state[key] === undefined);
    return {...this.model.values(), ...this.state, ...Object.fromEntries(emptied.map((key) => [key, kEmpty]))};
  }

  lawName() {
    return this.state.law;
  }

  draw() {
    for (const [key, part] of Object.entries(this.parts)) part.show(this.state[key]);
  }

  ask() {
    const model = this.model.body();
    const {tokens, gamma, law, year_month: date, from, to, context, dtype} = this.state;
    const missing = model ? "" : this.model.missing();
    const dated = date ? {year_month: date} : {};
    const gammas = gamma === 1 || gamma === undefined ? [1] : [1, gamma];
    this.panels.predict.ask(model && {...model, tokens, gamma, law, ...dated}, missing);
    const vary = `tokens=${from ?? ""}..${to ?? ""}`;
    this.panels.curve.ask(model && {...model, vary, gamma: gammas, points: 50, law, ...dated}, missing);
    const bare = model?.shape ? "A bare shape has no blocks to count." : missing;
    this.panels.count.ask(model && !model.shape ? {...model, context, dtype} : null, bare);
  }

  // Each of the three answers may fail; the first problem is told.
  complain(name, message) {
    this.problems[name] = message;
    const problem = Object.values(this.problems).find(Boolean) ?? null;
    const parts = Object.entries(this.parts).map(([path, part]) => ({path, element: part.element}));
    this.tell(problem, [...this.model.places(), ...parts, {path: "vary", element: this.parts.from.element}]);
  }
}
