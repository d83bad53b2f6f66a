// One architecture in words, as a key, as a point of a request, and as tables of what it consists of and costs.

import {el, table} from "./dom.js";
import {expertsText, label, show} from "./format.js";
import {parseNumber} from "./numbers.js";
import {COSTS} from "../pictures/designs.js";

export const kAxes = ["layers", "hidden", "ffn", "experts", "experts_active", "experts_shared"];

export const tokensAreAnAxis = (study) => typeof study.space?.tokens === "object";

// What /api/design takes; tokens only where the study leaves them free.
export function pointOf(row, study) {
  const point = Object.fromEntries(kAxes.map((key) => [key, row[key]]));
  return tokensAreAnAxis(study) ? {...point, tokens: row.tokens} : point;
}

const axesOf = (point) => ("tokens" in point ? [...kAxes, "tokens"] : kAxes);

// A point in an address: "84-4096-1152-64-8-1", with tokens behind where they are free; what is not given has an empty place.
export const pointKey = (point) =>
  axesOf(point)
    .map((axis) => point[axis] ?? "")
    .join("-");

// Undoes pointKey; null for what is no point.
export function pointFromKey(key) {
  const names = [...kAxes, "tokens"];
  const texts = key.split("-");
  const given = texts.map((text, i) => [names[i], parseNumber(text)]).filter((_, i) => texts[i] !== "");
  const isPoint =
    given.length > 0 && texts.length <= names.length && given.every(([, value]) => Number.isFinite(value));
  return isPoint ? Object.fromEntries(given) : null;
}

export const samePoint = (row, point) =>
  Boolean(point) && Object.entries(point).every(([key, value]) => row[key] === value);

export function shapeText(row) {
  const experts = expertsText(row);
  return `${row.layers} layers × ${row.hidden} hidden × ${row.ffn} FFN, ${experts === "dense" ? "dense" : `${experts} experts`}`;
}

const kRowColumns = ["mmlu", "layers", "hidden", "ffn", "experts", "total_params", "active_params", "tokens", ...COSTS];

const kShortLabels = {
  hidden: "Hidden",
  ffn: "FFN",
  total_params: "Total",
  active_params: "Active",
  tokens: "Tokens",
  train_days: "Time",
  train_usd: "Training",
  lifetime_usd: "Lifetime",
  train_memory_bytes_per_accelerator: "Memory",
  kv_bytes_per_token: "KV/token",
  decode_tokens_per_second: "Decode",
};
export const shortLabel = (key) => kShortLabels[key] ?? label(key);

export function cellText(row, key) {
  if (key === "experts") return expertsText(row);
  if (key === "mmlu") return row.mmlu?.toFixed(3) ?? "–";
  return show(key, row[key]);
}

// The shape and score always; of the rest what is defined and differs.
export function columnsOf(rows) {
  const always = kRowColumns.indexOf("tokens");
  return kRowColumns.filter((key, i) => i <= always || new Set(rows.map((row) => row[key] ?? null)).size > 1);
}

// What a study may define of a design beyond its axes.
export const kDetails = [
  "mmlu",
  "tokens",
  "tokens_per_param",
  "total_params",
  "active_params",
  "active_share",
  "heads",
  "train_flops",
  "train_days",
  "train_usd",
  "train_kwh",
  "train_kg_co2",
  "lifetime_usd",
  "train_memory_bytes_per_accelerator",
  "weight_bytes",
  "kv_bytes_per_token",
  "decode_tokens_per_second",
  "prefill_flops_per_token",
  "unstable_discount",
];

export function facts(row) {
  const rows = kDetails.filter((key) => row[key] !== null && row[key] !== undefined);
  return el(
    "dl",
    {class: "facts"},
    rows.map((key) => el("div", {}, el("dt", {}, label(key)), el("dd", {}, factText(row, key)))),
  );
}

function factText(row, key) {
  if (key !== "mmlu" || row.mmlu_low90 === undefined) return show(key, row[key]);
  return `${row.mmlu.toFixed(2)}, 90% interval ${row.mmlu_low90.toFixed(1)} to ${row.mmlu_high90.toFixed(1)}`;
}

// Parameters by block, memory and money of /api/design's breakdown; blocks of nothing are left out.
export function breakdownTables(breakdown) {
  const {params, active_params: active, train_memory_bytes: training, serving_memory_bytes: serving, usd} = breakdown;
  const blocks = Object.keys(params).filter((block) => params[block] > 0);
  const parts = (title, key, values) =>
    table(
      {caption: title},
      ["Part", key === "train_usd" ? "Cost" : "Bytes"],
      Object.entries(values)
        .filter(([, value]) => value > 0)
        .map(([part, value]) => [label(part), show(key, value)]),
    );
  return el(
    "div",
    {class: "tables"},
    table(
      {caption: "Parameters by block"},
      ["Block", "Total", "Activated"],
      blocks.map((block) => [label(block), show("total_params", params[block]), show("total_params", active?.[block])]),
    ),
    training ? parts("Training memory of an accelerator", "weight_bytes", training) : null,
    serving ? parts("Serving memory in all", "weight_bytes", serving) : null,
    Object.values(usd ?? {}).some((value) => value > 0) ? parts("Cost", "train_usd", usd) : null,
  );
}
