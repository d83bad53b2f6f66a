// Controls of a study: {element, paths, show(study), placeOf?(path)}. Each edits what stands at its path and hears of the whole
// study; placeOf says where in it a path has its place.
// A control's part that depends on which form a value has (an axis as range or list) is made again when the form changes.

import {getAt} from "./address.js";
import {button, el, select} from "./dom.js";
import {label} from "./format.js";
import {choicePart, listPart, numberPart, togglePart} from "./inputs.js";
import {parseNumber, roundOutward} from "./numbers.js";
import {kMetricRanges, kSpending, metricPairs} from "./study_parts.js";
import {jsonPart, namesPart} from "./text_part.js";

// `context`: {catalog, change(path, value, committed), best(): the row of the best design or null}.
export function buildControl(spec, context) {
  return {element: null, paths: [spec.path], ...kBuilders[spec.kind](spec, context)};
}

const kBuilders = {
  number: (spec, context) => plain(spec, context, numberPart),
  toggle: (spec, context) => plain(spec, context, togglePart),
  choice: (spec, context) =>
    plain(
      {...spec, pairs: typeof spec.pairs === "function" ? spec.pairs(context.catalog) : spec.pairs},
      context,
      choicePart,
    ),
  names: (spec, context) => plain(spec, context, namesPart),
  json: (spec, context) => plain(spec, context, jsonPart),
  axis,
  gamma,
  spending,
  limits,
  objective,
};

function plain(spec, {change}, part) {
  let study = {};
  const snap = spec.snap ? (value) => spec.snap(study, value) : undefined;
  const made = part({...spec, snap, onValue: (value, committed) => change(spec.path, value, committed)});
  return {
    element: el("div", {class: "control"}, made.element),
    show(shown) {
      study = shown;
      made.show(getAt(study, spec.path));
    },
  };
}

// A control whose value has one of several forms. `formOf(value)` names it; `forms[name](spec, change)` makes its parts as
// {path below: part}; `start(name, value)` is the value to begin a form with.
function formed(spec, {change}, {title, names, formOf, forms, start}) {
  let form = null;
  let value;
  let parts = {};
  const chooser = select(names, undefined, (name) => change(spec.path, start(name, value), true), {
    "aria-label": `${title}: form`,
  });
  const body = el("div", {class: "parts"});
  const rebuild = (name) => {
    form = name;
    parts = forms[name]?.() ?? {};
    body.dataset.form = name;
    body.replaceChildren(...Object.values(parts).map((part) => part.element));
  };
  return {
    element: el(
      "div",
      {class: "control formed"},
      el("div", {class: "form-head"}, el("span", {}, title), chooser),
      body,
    ),
    show(study) {
      value = getAt(study, spec.path);
      const name = formOf(value);
      if (name !== form) rebuild(name);
      chooser.value = name;
      for (const [below, part] of Object.entries(parts))
        part.show(below ? getAt(study, `${spec.path}.${below}`) : value);
    },
  };
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

function axis(spec, context) {
  const at = (below) => (value, committed) => context.change(`${spec.path}${below && "."}${below}`, value, committed);
  const numberAt = (below, text) => numberPart({label: text, onValue: at(below)});
  const words = spec.words ?? [];
  return formed(spec, context, {
    title: spec.label,
    names: [["range", "range"], ["list", "list"], ...(spec.times ? [["times", "times hidden"]] : []), ...words],
    formOf: (value) =>
      typeof value === "string" ? value : !isObject(value) ? "list" : value.times_hidden ? "times" : "range",
    start: startOfAxis,
    forms: {
      range: () => ({from: numberAt("from", "From"), to: numberAt("to", "To"), step: numberAt("step", "Step")}),
      list: () => ({"": listPart({label: "Values", onValue: at("")})}),
      times: () => ({
        times_hidden: listPart({label: "Multipliers", onValue: at("times_hidden")}),
        multiple_of: numberAt("multiple_of", "Multiple of"),
      }),
    },
  });
}

function startOfAxis(name, value) {
  if (name === "times") return {times_hidden: [2, 2.667, 3.5, 4], multiple_of: 128};
  if (name === "range") return Array.isArray(value) ? rangeOf(value) : {from: "1T", to: "20T", step: "1T"};
  if (name === "list") return isObject(value) && value.from !== undefined ? [value.from, value.to] : ["1T", "10T"];
  return name;
}

function rangeOf(values) {
  const numbers = values.map(parseNumber);
  const [from, to] = [Math.min(...numbers), Math.max(...numbers)];
  return {from, to, step: Math.max(1, Math.round((to - from) / 16))};
}

function gamma(spec, context) {
  const at = (below) => (value, committed) => context.change(below ? `gamma.${below}` : "gamma", value, committed);
  const part = (below, text) =>
    numberPart({
      label: text,
      slider: below === "risk" ? {min: 0.5, max: 0.99, step: 0.01} : spec.slider,
      onValue: at(below),
    });
  return formed(spec, context, {
    title: "Gamma, the precision loss",
    names: [
      ["number", "one number"],
      ["spread", "log-normal, by risk"],
    ],
    formOf: (value) => (isObject(value) ? "spread" : "number"),
    start: (name) => (name === "spread" ? {median: 1.2, p90: 1.6, risk: 0.9} : 1),
    forms: {
      number: () => ({"": part("", "Gamma")}),
      spread: () => ({
        median: part("median", "Median"),
        p90: part("p90", "90th percentile"),
        risk: part("risk", "Risk quantile"),
      }),
    },
  });
}

// At most one of days, FLOPs and dollars.
function spending(spec, {change}) {
  let chosen = null;
  let part = null;
  const choose = (key) => {
    const to = kSpending.find((one) => one.key === key);
    change(
      "budget",
      (budget) => {
        const rest = Object.fromEntries(
          Object.entries(budget).filter(([name]) => !kSpending.some((one) => one.key === name)),
        );
        return to ? {[key]: to.start, ...rest} : rest;
      },
      true,
    );
  };
  const chooser = select([...kSpending.map((one) => [one.key, one.label]), ["", "nothing"]], undefined, choose, {
    "aria-label": "What bounds the training",
  });
  const body = el("div", {class: "parts"});
  const rebuild = (one) => {
    chosen = one?.key ?? "";
    part = one
      ? numberPart({...one, onValue: (value, committed) => change(`budget.${one.key}`, value, committed)})
      : null;
    body.replaceChildren(...(part ? [part.element] : []));
  };
  return {
    paths: kSpending.map((one) => `budget.${one.key}`),
    element: el(
      "div",
      {class: "control formed"},
      el("div", {class: "form-head"}, el("span", {}, "Bounded by"), chooser),
      body,
    ),
    show(study) {
      const one = kSpending.find(({key}) => study.budget?.[key] !== undefined);
      if (chosen !== (one?.key ?? "")) rebuild(one);
      chooser.value = chosen;
      part?.show(study.budget[chosen]);
    },
  };
}

function objective(spec, context) {
  const metric = (key, text) =>
    choicePart({
      label: text,
      pairs: metricPairs(),
      onValue: (value) => context.change("objective", {[key]: value}, true),
    });
  return formed(spec, context, {
    title: spec.label,
    names: [
      ["mmlu", "highest MMLU"],
      ["cheapest", "cheapest"],
      ["shallowest", "shallowest"],
      ["balance", "balance"],
      ["maximize", "most of"],
      ["minimize", "least of"],
    ],
    formOf: (value) => (isObject(value) ? Object.keys(value)[0] : (value ?? "mmlu")),
    start: (name) => (name === "maximize" ? {maximize: "mmlu"} : name === "minimize" ? {minimize: "train_usd"} : name),
    forms: {
      maximize: () => ({maximize: metric("maximize", "Metric")}),
      minimize: () => ({minimize: metric("minimize", "Metric")}),
    },
  });
}

// Limits: a row with a slider for each, and a form that adds one.
function limits(spec, context) {
  let shown = null;
  let rows = [];
  const list = el("div", {class: "limits"});
  const rebuild = (constraints) => {
    rows = Object.entries(constraints).flatMap(([metric, sides]) =>
      Object.keys(sides).map((side) => limitRow(metric, side, context)),
    );
    list.replaceChildren(...rows.map((row) => row.element));
  };
  const rowAt = (path) => rows.find((row) => row.path === path);
  const control = {
    paths: [],
    element: el("div", {class: "control"}, list, limitAdder(context, rowAt)),
    show(study) {
      const constraints = study.constraints ?? {};
      const keys = JSON.stringify(Object.entries(constraints).map(([metric, sides]) => [metric, Object.keys(sides)]));
      if (keys !== shown) rebuild(constraints);
      shown = keys;
      control.paths = rows.map((row) => row.path);
      for (const row of rows) row.show(getAt(study, row.path));
    },
    placeOf: (path) => rowAt(path)?.element,
  };
  return control;
}

const kSideNames = {min: "at least", max: "at most"};

function limitRow(metric, side, {change}) {
  const path = `constraints.${metric}.${side}`;
  const title = `${label(metric)}, ${kSideNames[side] ?? side}`;
  const part = numberPart({
    label: title,
    slider: kMetricRanges[metric] ?? {min: 1, max: 1e12, log: true},
    onValue: (value, committed) => change(path, value, committed),
  });
  const remove = button("×", () => change(path, undefined, true), {class: "remove", "aria-label": `Remove: ${title}`});
  return {path, show: part.show, element: el("div", {class: "limit", dataset: {path}}, part.element, remove)};
}

// A limit that is there already is left as it is. A new one begins where it still admits the best.
function limitAdder({change, best}, rowAt) {
  const metric = select(metricPairs(), "total_params", () => {}, {"aria-label": "Metric of a new limit"});
  const side = select(Object.entries(kSideNames), "max", () => {}, {"aria-label": "Side of a new limit"});
  const add = () => {
    const path = `constraints.${metric.value}.${side.value}`;
    if (!rowAt(path)) change(path, startOfLimit(metric.value, side.value, best()), true);
    rowAt(path)?.element.querySelector("input").focus();
  };
  return el("div", {class: "adder"}, metric, side, button("Add limit", add));
}

function startOfLimit(metric, side, best) {
  if (best && Number.isFinite(best[metric])) return roundOutward(best[metric], side);
  const {min, max, log} = kMetricRanges[metric];
  return Number((log ? Math.sqrt(min * max) : (min + max) / 2).toPrecision(3));
}
