// Which architecture: a known model, a dropped config.json, or a bare shape. `body()` is what requests take.

import {pack, unpack} from "../parts/address.js";
import {el, select} from "../parts/dom.js";
import {dropPart, jsonOf} from "../parts/files.js";
import {numberPart} from "../parts/inputs.js";
import {typed} from "../parts/numbers.js";

const kShape = [
  ["layers", "Layers"],
  ["hidden", "Hidden size"],
  ["ffn", "FFN size"],
  ["params", "Total parameters"],
  ["active_params", "Activated parameters", "empty: dense"],
  ["activated_ffn", "Activated FFN size", "empty: the FFN size"],
];
const kStart = {layers: 80, hidden: 8192, ffn: 28672, params: "70.6B"};

export class ModelPicker {
  constructor(catalog, {first, onChange}) {
    this.first = first;
    this.onChange = onChange;
    this.models = catalog.models;
    this.kind = select(
      [
        ["model", "a known model"],
        ["config", "a config.json"],
        ["shape", "a bare shape"],
      ],
      undefined,
      (kind) => this.choose({kind}),
      {"aria-label": "Architecture from"},
    );
    this.find = el("input", {
      type: "search",
      placeholder: "find by name, as qwen3 moe",
      autocomplete: "off",
      spellcheck: "false",
      "aria-label": "Find a model",
      on: {
        input: () => this.drawModels(),
        keydown: (event) => {
          const [first] = matching(this.models, this.find.value);
          if (event.key === "Enter" && first) this.choose({model: first});
        },
      },
    });
    this.model = select(
      catalog.models.map((name) => [name, name]),
      undefined,
      (model) => this.choose({model}),
      {"aria-label": "Model"},
    );
    this.parts = Object.fromEntries(
      kShape.map(([key, label, hint]) => [
        key,
        numberPart({
          label,
          hint,
          onValue: (value, committed) => this.choose({shape: {...this.state.shape, [key]: value}}, committed),
        }),
      ]),
    );
    this.shape = el(
      "div",
      {class: "grid"},
      Object.values(this.parts).map((part) => part.element),
    );
    this.fileName = el("p", {class: "note"});
    this.config = el(
      "div",
      {},
      dropPart({
        label: "Hugging Face config.json",
        accept: ".json,application/json",
        onText: (name, text) => this.drop(name, text),
      }).element,
      this.fileName,
    );
    this.element = el(
      "div",
      {class: "model-picker"},
      el("div", {class: "form-head"}, el("span", {}, "Architecture"), this.kind),
      this.find,
      this.model,
      this.config,
      this.shape,
    );
  }

  // From the address.
  async show({model, config, config_name: name, ...values}) {
    const shape = Object.fromEntries(
      kShape.map(([key]) => [key, typed(values[key] ?? "")]).filter(([, value]) => value !== undefined),
    );
    this.state = {
      kind: config !== undefined ? "config" : Object.keys(shape).length ? "shape" : "model",
      model: model ?? this.first,
      shape,
      packed: config,
      name,
    };
    this.draw();
    if (config) this.state.text = await unpack(config).catch(() => null);
    this.draw();
  }

  values() {
    const {kind, model, shape, packed, name} = this.state;
    if (kind === "model") return {model};
    return kind === "shape" ? shape : {config: packed || "-", config_name: name};
  }

  // null while there is no file.
  body() {
    const {kind, model, shape, text} = this.state;
    if (kind === "model") return {model};
    if (kind === "shape") return {shape};
    return text && !problemOf(text) ? {config: jsonOf(text)} : null;
  }

  // Why there is no body.
  missing() {
    const {text, name} = this.state;
    return text ? `${name} is not JSON: ${problemOf(text)}` : "Choose a config.json for the architecture.";
  }

  places() {
    return Object.entries(this.parts).flatMap(([key, part]) =>
      [key, `shape.${key}`, key.replaceAll("_", "-")].map((path) => ({path, element: part.element})),
    );
  }

  // Of files that come at once the last counts, however long each takes to pack.
  async drop(name, text) {
    this.dropped = text;
    const packed = await pack(text);
    if (this.dropped === text) this.choose({kind: "config", text, name, packed});
  }

  choose(change, committed = true) {
    this.state = {...this.state, ...change};
    if (this.state.kind === "shape" && Object.keys(this.state.shape).length === 0) this.state.shape = {...kStart};
    this.draw();
    this.onChange(committed);
  }

  // Those that are looked for, and the chosen one.
  drawModels() {
    const {model} = this.state;
    const found = matching(this.models, this.find.value);
    const names = !model || found.includes(model) ? found : [model, ...found];
    this.model.replaceChildren(...names.map((name) => el("option", {value: name}, name)));
    this.model.value = model;
  }

  draw() {
    const {kind, model, shape, name, text, packed} = this.state;
    this.kind.value = kind;
    this.drawModels();
    this.find.hidden = this.model.hidden = kind !== "model";
    this.config.hidden = kind !== "config";
    this.shape.hidden = kind !== "shape";
    for (const [key, part] of Object.entries(this.parts)) part.show(shape[key]);
    this.fileName.textContent = fileNote(name, text, packed);
  }
}

// The names with every word of `wanted` in them.
export function matching(names, wanted) {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  return names.filter((name) => words.every((word) => name.toLowerCase().includes(word)));
}

function problemOf(text) {
  try {
    jsonOf(text);
    return null;
  } catch (error) {
    return error.message;
  }
}

export function fileNote(name, text, packed) {
  if (!text) return name ? `The link lacks the file ${name}: choose it again.` : "";
  return packed ? name : `${name}; too large for the address, so a link lacks it.`;
}
