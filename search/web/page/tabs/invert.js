// Invert: evidence of a closed model in, what is plausible out.

import {changes, getAt, setAt, withChanges} from "../parts/address.js";
import {AskPanel} from "../panels/ask.js";
import {AskTab} from "./ask_tab.js";
import {el, field, select} from "../parts/dom.js";
import {label} from "../parts/format.js";
import {choicePart, numberPart} from "../parts/inputs.js";
import {SizeRows} from "../parts/size_rows.js";
import {rangePart, textPart} from "../parts/text_part.js";

const kFirst = "gpt-4";
const kRanges = ["total_params", "active_params", "tokens", "layers", "hidden", "ffn", "activated_ffn"];

export class InvertTab extends AskTab {
  constructor(app) {
    super(app);
    const {catalog} = app;
    this.presets = select(
      Object.entries(catalog.cases).map(([key, {name}]) => [key, name ?? key]),
      undefined,
      (name) => this.open(name),
    );
    this.sizes = new SizeRows(catalog, (rows, committed) => this.setSizes(rows, committed));
    this.parts = this.evidence();
    this.known = this.knowns();
    this.panel = new AskPanel(app, {
      name: "invert",
      kind: "case",
      title: "What is plausible",
      asked: (body) => body.case,
      onProblem: (message) => this.complain(message),
      rows: (result) => Object.entries(result.intervals).map(([quantity, quantiles]) => ({quantity, ...quantiles})),
      stem: () => `invert-${this.preset || "case"}`,
    });
    const group = (title, parts, more = null) =>
      el(
        "fieldset",
        {class: "plain"},
        el("legend", {}, title),
        el(
          "div",
          {class: "grid"},
          Object.values(parts).map((part) => part.element),
        ),
        more,
      );
    this.form = el(
      "div",
      {class: "side"},
      field("Start from", this.presets),
      group("Evidence", this.parts),
      el("fieldset", {class: "plain"}, el("legend", {}, "Benchmarks that tell size"), this.sizes.element),
      group("Known", this.known),
    );
    this.element = el("div", {class: "ask-tab"}, this.form, el("div", {class: "main"}, this.panel.element));
  }

  evidence() {
    const at = (path) => (value, committed) => this.edit(path, value, committed);
    const number = (path, text, more) => numberPart({label: text, ...more, onValue: at(path)});
    return {
      name: textPart({label: "Name", onValue: at("name")}),
      "evidence.mmlu.value": number("evidence.mmlu.value", "MMLU"),
      "evidence.mmlu.setting": choicePart({
        label: "MMLU is of",
        pairs: [
          ["base", "a base model"],
          ["instruct", "a tuned model"],
        ],
        none: "not said",
        onValue: at("evidence.mmlu.setting"),
      }),
      "evidence.mmlu.noise": number("evidence.mmlu.noise", "MMLU noise", {hint: "points, one sigma"}),
      "evidence.mmlu_pro": number("evidence.mmlu_pro", "MMLU-Pro"),
      "evidence.usd_per_million_output_tokens": number(
        "evidence.usd_per_million_output_tokens",
        "$ per 1M output tokens",
      ),
      "evidence.decode_tokens_per_second": number("evidence.decode_tokens_per_second", "Decode, tokens/s"),
    };
  }

  knowns() {
    const at = (path) => (value, committed) => this.edit(path, value, committed);
    const laws = this.app.catalog.laws.map((name) => [name, name]);
    const range = (key, i) => [
      `known.${key}`,
      rangePart({label: label(key), hint: i ? "" : "a number, or a range as 1T to 2T", onValue: at(`known.${key}`)}),
    ];
    const number = (key) => [`known.${key}`, numberPart({label: label(key), onValue: at(`known.${key}`)})];
    return {
      "known.kind": choicePart({
        label: "Kind",
        pairs: [
          ["dense", "dense"],
          ["moe", "mixture of experts"],
        ],
        none: "not known",
        onValue: at("known.kind"),
      }),
      "known.released": rangePart({
        label: "Released",
        hint: "as 2023-03",
        one: (text) => text.trim() || undefined,
        onValue: at("known.released"),
      }),
      ...Object.fromEntries([...kRanges.map(range), number("experts"), number("experts_active")]),
      law: choicePart({label: "Law", pairs: laws, none: "usual for inversions", onValue: at("law")}),
      gamma: numberPart({label: "Gamma", onValue: at("gamma")}),
    };
  }

  // From the address: {case: preset, all else: changes of it by path}.
  show({case: name = kFirst, ...texts}) {
    this.preset = Object.hasOwn(this.app.catalog.cases, name) ? name : "";
    this.presets.value = this.preset;
    this.case = withChanges(this.base(), texts);
    this.draw();
    this.ask();
  }

  // The preset with evidence in the form in which it is edited.
  base() {
    const base = structuredClone(this.app.catalog.cases[this.preset] ?? {});
    const {mmlu, size} = base.evidence ?? {};
    if (typeof mmlu === "number") base.evidence.mmlu = {value: mmlu};
    if (size && !Array.isArray(size)) base.evidence.size = [size];
    return base;
  }

  values() {
    return {case: this.preset || "none", ...changes(this.base(), this.case)};
  }

  lawName() {
    return this.case.law ?? "performance-law-2026";
  }

  open(name) {
    this.preset = name;
    this.case = this.base();
    this.changed(true);
  }

  edit(path, value, committed) {
    const next = structuredClone(this.case);
    setAt(next, path, value);
    if (next.evidence?.mmlu && next.evidence.mmlu.value === undefined) delete next.evidence.mmlu;
    this.case = next;
    this.changed(committed);
  }

  setSizes(rows, committed) {
    this.edit("evidence.size", rows.length ? rows : undefined, committed);
  }

  changed(committed) {
    this.draw();
    super.changed(committed);
  }

  draw() {
    for (const [path, part] of Object.entries({...this.parts, ...this.known})) part.show(getAt(this.case, path));
    this.sizes.show(this.case.evidence?.size ?? []);
  }

  ask() {
    this.panel.ask({case: asked(this.case), seed: 0, draws: 32768});
  }

  complain(message) {
    const parts = Object.entries({...this.parts, ...this.known}).map(([path, part]) => ({path, element: part.element}));
    this.tell(message, [
      ...parts,
      {path: "evidence.mmlu", element: this.parts["evidence.mmlu.value"].element},
      ...this.sizes.places("evidence.size"),
    ]);
  }
}

// Rows without a score yet are no evidence.
function asked(given) {
  const size = given.evidence?.size?.filter(({score}) => score !== undefined);
  if (!size) return given;
  const evidence = {...given.evidence, size};
  if (size.length === 0) delete evidence.size;
  return {...given, evidence};
}
