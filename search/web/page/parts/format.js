// Numbers, labels and markup for people. Results hold base units; what is shown has decimal suffixes and a unit.

// Sigmas to either end of a 90 % interval.
export const kNormalQuantile95 = 1.6448536269514722;

/** Text that is markup already, so that `html` leaves it as it is. */
export class Markup {
  constructor(text) {
    this.text = text;
  }
  toString() {
    return this.text;
  }
}

const ENTITIES = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

// Of an object that a result holds in place of a text, too, whose own toString is not to be trusted.
const asText = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));

export function escapeHtml(text) {
  return asText(text).replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

/** Template tag: every interpolation is escaped, but for Markup; lists are joined, null and false are nothing. */
export function html(strings, ...values) {
  let text = strings[0];
  values.forEach((value, i) => {
    text += markupOf(value) + strings[i + 1];
  });
  return new Markup(text);
}

function markupOf(value) {
  if (value === null || value === undefined || value === false) return "";
  if (Array.isArray(value)) return value.map(markupOf).join("");
  return value instanceof Markup ? value.text : escapeHtml(value);
}

const SUFFIXES = [
  [1e12, "T"],
  [1e9, "B"],
  [1e6, "M"],
  [1e3, "K"],
];

/** Three digits: 999 -> "999", 70553706496 -> "70.6B", 1.05e24 -> "1.05e24". */
export function human(value, suffixes = SUFFIXES) {
  const size = Math.abs(value);
  if (size >= 0.9995e15) return value.toExponential(2).replace("e+", "e");
  for (const [unit, suffix] of suffixes) {
    if (size >= 0.9995 * unit) return threeDigits(value / unit) + suffix;
  }
  if (size !== 0 && size < 1e-3) return value.toExponential(2);
  return String(Number(value.toPrecision(3)));
}

// 2.94, 81.9, 164: as the terminal shows them.
function threeDigits(scaled) {
  const size = Math.abs(scaled);
  return scaled.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

const BYTES = [
  [1e12, " TB"],
  [1e9, " GB"],
  [1e6, " MB"],
  [1e3, " KB"],
];

/** With a comma at each thousand: for whole numbers that are not to be rounded. */
export function exact(value) {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

const fixed = (digits) => (value) => value.toFixed(digits);
const withUnit = (unit) => (value) => `${human(value)} ${unit}`;

const KINDS = {
  count: human,
  whole: (value) => (Number.isInteger(value) ? exact(value) : human(value)),
  score: fixed(2),
  ratio: (value) => String(Number(value.toPrecision(4))),
  usd: (value) => (Math.abs(value) < 1000 ? `$${value.toFixed(2)}` : `$${human(value)}`),
  bytes: (value) => (Math.abs(value) < 999.5 ? `${human(value)} B` : human(value, BYTES)),
  days: withUnit("days"),
  kwh: withUnit("kWh"),
  kg: withUnit("kg"),
  flops: withUnit("FLOPs"),
  speed: withUnit("tok/s"),
  seconds: (value) => `${human(value)} s`,
};

// [label, kind] of the keys that are no metrics; those, the program tells.
const KEYS = {
  index: ["Index", "whole"],
  activated_ffn: ["Activated FFN size", "whole"],
  heads: ["Heads", "whole"],
  from_tokens: ["Tokens before growing", "count"],
  to_tokens: ["Tokens after growing", "count"],
  effective_tokens: ["Effective tokens", "count"],
  params: ["Parameters", "count"],
  active_params_excluding_input_embedding: ["Activated without input embedding", "count"],
  mmlu_raw: ["Raw score", "score"],
  mmlu_pro: ["MMLU-Pro", "score"],
  mmlu_low90: ["MMLU, 90% low", "score"],
  mmlu_high90: ["MMLU, 90% high", "score"],
  mmlu_reported: ["Reported MMLU", "score"],
  reported: ["Reported MMLU", "score"],
  predicted: ["Predicted MMLU", "score"],
  fitted: ["Fitted MMLU", "score"],
  left_out: ["Predicted when left out", "score"],
  measured: ["Measured MMLU", "score"],
  expected: ["Expected MMLU", "score"],
  z: ["z", "score"],
  z_in_family: ["z within its family", "score"],
  family_offset: ["Family offset", "score"],
  family: ["Family", "text"],
  year_month: ["Date", "text"],
  released: ["Released", "text"],
  model: ["Model", "text"],
  kind: ["Kind", "text"],
  flag: ["Flag", "text"],
  weight: ["Weight", "ratio"],
  r: ["r", "ratio"],
  gamma: ["Gamma", "ratio"],
  unstable_discount: ["Unstable discount", "ratio"],
  expansion_factor: ["Expansion factor g", "ratio"],
  domain_distance: ["Distance outside the domain", "ratio"],
  prefill_seconds: ["Prefill", "seconds"],
  memory_bytes: ["Memory", "bytes"],
  kv_cache: ["KV cache", "bytes"],
  dense_ffn: ["Dense FFN", "count"],
  usd: ["Cost", "usd"],
  train_kg_co2: ["Training CO2", "kg"],
  balance: ["Balance of MMLU and depth", "ratio"],
};

/** @param {Record<string, {label: string, unit: string}>} metrics as the catalogue has them; before anything is shown */
export function learnMetrics(metrics) {
  for (const [key, {label, unit}] of Object.entries(metrics)) KEYS[key] = [label, unit];
}

/** The label of a key of results; an unknown key reads as it stands, without underscores. */
export function label(key) {
  return Object.hasOwn(KEYS, key) ? KEYS[key][0] : key.charAt(0).toUpperCase() + key.slice(1).replaceAll("_", " ");
}

/** The same within a sentence: "training tokens", but "KV cache". */
export function words(key) {
  const text = label(key);
  return /^.[a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

function kindOf(key) {
  return Object.hasOwn(KEYS, key) ? KEYS[key][1] : "count";
}

/** A value of a key of results, with its unit; "–" for null. */
export function show(key, value) {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value !== "number") return typeof value === "object" ? JSON.stringify(value) : String(value);
  const kind = kindOf(key);
  return (KINDS[kind] ?? human)(value);
}

/** "62.1 to 78.4"; "–" where there is no interval. */
export function intervalText(pair) {
  return pair && Number.isFinite(pair[0]) ? `${pair[0].toFixed(1)} to ${pair[1].toFixed(1)}` : "–";
}

/** With its sign: "+1.25". */
export const signed = (value) => `${value > 0 ? "+" : ""}${value.toFixed(2)}`;

/** A resolution or another small difference of a metric: "0.05 MMLU", "1.00 tok/s decode speed". */
export function differenceText(key, value) {
  return `${kindOf(key) === "score" ? Number(value.toPrecision(4)) : show(key, value)} ${words(key)}`;
}

/**
 * What a search looked for. `metric` is the key whose values `show` reads, `words` such as "highest MMLU" or "lowest lifetime cost".
 * @returns {{metric: string, words: string, minimized: boolean}}
 */
export function objectiveOf(result) {
  const name = result.objective ?? "mmlu";
  const minimized = result.objective_is_minimized ?? false;
  const metric =
    (Object.hasOwn(NAMED_OBJECTIVES, name) ? NAMED_OBJECTIVES[name](result) : null) ??
    name.replace(/^(minimize|maximize) /, "");
  const counted = ["count", "whole", "flops"].includes(kindOf(metric)) && label(metric).endsWith("s");
  const most = counted ? ["fewest", "most"] : ["lowest", "highest"];
  return {metric, words: `${most[minimized ? 0 : 1]} ${words(metric)}`, minimized};
}

// Cheapest is by money where the accelerator has a price, else by FLOPs.
const NAMED_OBJECTIVES = {
  cheapest: (result) => (result.best?.length > 0 && !("train_usd" in result.best[0]) ? "train_flops" : "train_usd"),
  shallowest: () => "layers",
};

const RULES = {
  experts: "Impossible experts",
  heads: "Heads that do not divide",
  ffn_repeats: "FFN size already there",
  parallelism: "Sizes that do not divide",
  inference_memory: "Serving memory",
  domain: "The law's domain",
  bound: "Cannot beat those listed",
  budget: "Budget",
  max_tokens: "Most tokens",
};

const SIDES = {min: "at least", max: "at most"};

/** A rule of a search: "kv_bytes_per_token.max" -> "KV cache per token, at most". */
export function ruleLabel(name) {
  if (Object.hasOwn(RULES, name)) return RULES[name];
  const [, domain, metric, side] = /^(domain\.)?(.*)\.(min|max)$/.exec(name) ?? [];
  if (!metric) return label(name);
  return `${label(metric)}, ${SIDES[side]}${domain ? " in the domain" : ""}`;
}

/** "8/64+1": 8 of 64 routed experts are active, and one is shared. */
export function expertsText(row) {
  if (!(row.experts > 1)) return "dense";
  return `${row.experts_active}/${row.experts}${row.experts_shared > 0 ? `+${row.experts_shared}` : ""}`;
}

const SCALE_NAMES = {
  count: ["thousand", "M", "B", "T"],
  bytes: ["KB", "MB", "GB", "TB"],
  usd: ["thousand $", "million $", "billion $", "trillion $"],
};

/**
 * How a chart shows values of a key: divided by `factor`, under the axis title `name`. The suffix follows the largest.
 * @returns {{factor: number, name: string, unit: string}}
 */
export function scaleOf(key, values) {
  const kind = kindOf(key);
  const most = values.reduce((top, v) => (Number.isFinite(v) ? Math.max(top, Math.abs(v)) : top), 0);
  const plain = {
    days: "days",
    kwh: "kWh",
    kg: "kg",
    flops: "FLOPs",
    speed: "tokens/s",
    seconds: "s",
    bytes: "B",
    usd: "$",
  };
  if (kind === "flops" || most < 1e4 || !["count", "bytes", "usd", "kwh", "kg"].includes(kind)) {
    return powerScale(kind, most, label(key), plain[kind]);
  }
  const step = Math.min(4, Math.floor(Math.log10(most * 1.0005) / 3));
  const unit = (SCALE_NAMES[kind] ?? ["thousand", "million", "billion", "trillion"].map((n) => `${n} ${plain[kind]}`))[
    step - 1
  ];
  return {factor: 10 ** (3 * step), unit, name: `${label(key)} (${unit})`};
}

// FLOPs have no suffix: 1e24 of them is the unit then.
function powerScale(kind, most, name, unit) {
  if (kind !== "flops" || most < 1e4) return {factor: 1, unit: unit ?? "", name: unit ? `${name} (${unit})` : name};
  const factor = 10 ** Math.floor(Math.log10(most));
  const text = `${factor.toExponential(0).replace("e+", "e")} FLOPs`;
  return {factor, unit: text, name: `${name} (${text})`};
}

/** Six digits are more than a picture shows, and keep it small. */
export function scaled(value, scale) {
  return Number.isFinite(value) ? Number((value / scale.factor).toPrecision(6)) : null;
}

/** "2024-06" as years: 2024.417; null for what is no date. */
export function yearsOf(yearMonth) {
  const match = /^(\d{4})-(\d{2})$/.exec(yearMonth ?? "");
  return match ? Number(match[1]) + (Number(match[2]) - 1) / 12 : null;
}
