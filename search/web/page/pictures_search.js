// Pictures of a search: the front, the top designs, what the best consists of, what was ruled out and why.

import {
  axis, bounds, BLUE, GREEN, grid, legend, line, nameAxis, picture, PALETTE, scatter, scoreBounds, spans, table, thin, thinNote, VERMILLION, wrapped,
} from "./chart_parts.js";
import { expertsText, human, isBetterHigh, label, scaled, scaleOf, show } from "./format.js";

const COSTS = ["train_days", "train_usd", "lifetime_usd", "train_memory_bytes_per_accelerator", "kv_bytes_per_token", "decode_tokens_per_second"];

/** Columns of designs: shape, sizes, score with its interval, and the costs that are defined. */
export function designColumns(rows, more = []) {
  const defined = [...new Set([...COSTS, ...more])].filter((key) => rows.some((row) => key in row));
  return [
    "layers", "hidden", "ffn", ["Experts", expertsText], "total_params", "active_params", "tokens", "mmlu",
    ["90% interval", (row) => intervalText(row)], ...defined.filter((key) => !["layers", "hidden", "ffn", "total_params", "active_params", "tokens", "mmlu"].includes(key)),
  ];
}

export function intervalText(row) {
  if (!Number.isFinite(row.mmlu_low90)) return "–";
  return `${row.mmlu_low90.toFixed(1)} to ${row.mmlu_high90.toFixed(1)}`;
}

export function searchPictures(result) {
  const best = result.best ?? [];
  return [
    ...frontPictures(result),
    ...(best.length > 0 ? [scores(result), parallel(result)] : []),
    ...breakdownPictures(result.breakdown),
    rejected(result),
    bindingPicture(result),
    nearBest(result),
    sensitivity(result),
  ].filter(Boolean);
}

function frontPictures(result) {
  const front = result.front ?? [];
  if (front.length === 0) return [];
  const metrics = frontMetrics(result);
  const pairs = metrics.flatMap((y, i) => metrics.slice(i + 1).map((x) => [x, y]));
  return pairs.map(([x, y]) => frontPair(result, x, y, pairs.length > 1));
}

function frontMetrics(result) {
  const named = (result.pareto ?? []).map((m) => (typeof m === "string" ? m : Object.values(m)[0]));
  return named.length > 1 ? [...named].sort((a, b) => (b === "mmlu") - (a === "mmlu")) : ["mmlu", "active_params"];
}

function frontPair(result, x, y, many) {
  const rows = thin(result.front);
  const best = result.best?.[0];
  const all = best ? [...rows, best] : rows;
  const xs = scaleOf(x, all.map((row) => row[x]));
  const ys = scaleOf(y, all.map((row) => row[y]));
  const point = (row, i) => [scaled(row[x], xs), scaled(row[y], ys), i];
  const order = rows.map(point).sort((a, b) => a[0] - b[0]);
  const series = [
    line("Front", order, 0, { showSymbol: true, symbolSize: 8, lineStyle: { color: BLUE, width: 1, type: many ? "solid" : "dashed", opacity: many ? 0 : 0.6 } }),
  ];
  if (best) series.push(...bestMark(best, rows, point, y));
  const shown = y === "mmlu" && best ? [best.mmlu_low90, best.mmlu_high90] : [];
  return picture(many ? `front-${y}-${x}` : "front", {
    title: `The front: ${label(y)} against ${label(x).toLowerCase()}`,
    description:
      `${result.front.length} designs that no other design beats in ${many ? "all metrics of the front" : `both ${label(y)} and ${label(x).toLowerCase()}`}. ` +
      `${label(y)} runs from ${extent(rows, y)}, ${label(x).toLowerCase()} from ${extent(rows, x)}.` +
      (y === "mmlu" && best ? ` The bar through the best is the law's 90% interval, ${intervalText(best)}: designs closer than it are not told apart.` : ""),
    note: thinNote(rows, result.front),
    option: {
      legend: legend(series.map((s) => s.name)),
      xAxis: axis(xs.name, bounds(all.map((row) => scaled(row[x], xs)))),
      yAxis: axis(ys.name, { vertical: true, ...bounds([...all.map((row) => scaled(row[y], ys)), ...shown], y === "mmlu" ? { most: 100 } : {}) }),
      series,
    },
    ...table([["", (_, i) => i + 1], ...designColumns(rows, [x, y])], rows),
  });
}

// The best of the study, which need not be one of the listed front where that has a resolution.
function bestMark(best, rows, point, y) {
  const at = rows.findIndex((row) => row.index === best.index);
  const [px, py] = point(best, at);
  const mark = scatter("Best", [[px, py, at < 0 ? undefined : at]], 1, { symbolSize: 15, z: 5 });
  if (y !== "mmlu" || !Number.isFinite(best.mmlu_low90)) return [mark];
  const interval = spans("90% interval of the law", [[[px, best.mmlu_low90], [px, best.mmlu_high90]]], VERMILLION, { silent: true });
  return [interval, mark];
}

function extent(rows, key) {
  const values = rows.map((row) => row[key]).filter(Number.isFinite);
  if (values.length === 0) return "–";
  return `${show(key, Math.min(...values))} to ${show(key, Math.max(...values))}`;
}

// The top designs with intervals that mostly overlap: what the order of the list is worth.
function scores(result) {
  const best = result.best.slice(0, 20);
  const rows = best.map((row, i) => ({ ...row, name: String(i + 1) }));
  const beside = [["best dense", result.best_dense], ["best MoE", result.best_moe]];
  for (const [name, row] of beside) if (row && !best.some((b) => b.index === row.index)) rows.push({ ...row, name });
  const names = rows.map((row) => row.name);
  return picture("scores", {
    title: "Scores of the top designs, with the law's 90% interval",
    description: `The best is predicted at ${best[0].mmlu.toFixed(2)} MMLU, 90% interval ${intervalText(best[0])}. Where intervals overlap the law does not tell designs apart.`,
    height: 130 + 22 * rows.length,
    option: {
      legend: legend(["MMLU", "90% interval"]),
      grid: grid({ left: 90 }),
      xAxis: axis("MMLU", scoreBounds(rows.flatMap((row) => [row.mmlu_low90, row.mmlu_high90]))),
      yAxis: nameAxis(names),
      series: [
        spans("90% interval", rows.map((row, i) => [[row.mmlu_low90, i], [row.mmlu_high90, i], i]), "#8fb8d6"),
        scatter("MMLU", rows.map((row, i) => [row.mmlu, i, i]), 0),
      ],
    },
    ...table([["Rank", (row) => row.name], ...designColumns(rows)], rows),
    open: true,
  });
}

const PARALLEL = ["layers", "hidden", "ffn", "tokens", "total_params", "active_params", ...COSTS];

function parallel(result) {
  const seen = new Set();
  const rows = [...result.best, ...thin(result.front ?? [], 200)].filter((row) => !seen.has(row.index) && seen.add(row.index)).slice(0, 300);
  const varies = (key) => new Set(rows.map((row) => row[key])).size > 1 && rows.every((row) => Number.isFinite(row[key]));
  const shape = PARALLEL.filter(varies);
  const keys = [...shape.slice(0, 8), ...(varies("mmlu") ? ["mmlu"] : [])];
  const experts = [...new Set(rows.map(expertsText))];
  const byExperts = experts.length > 1;
  if (keys.length + byExperts < 2) return null;
  const scales = keys.map((key) => scaleOf(key, rows.map((row) => row[key])));
  const axes = keys.map((key, dim) => parallelAxis(dim, key, scales[dim], rows));
  if (byExperts) axes.push({ dim: keys.length, name: "Experts", type: "category", data: experts, ...AXIS_LOOK });
  const values = (row) => [...keys.map((key, i) => scaled(row[key], scales[i])), ...(byExperts ? [expertsText(row)] : [])];
  const group = (name, keep, look) => ({
    type: "parallel", name, smooth: false, lineStyle: look, data: rows.map((row, i) => ({ value: values(row), row: i })).filter((item) => keep(rows[item.row], item.row)),
  });
  const series = [
    group("Dense", (row, i) => i > 0 && !(row.experts > 1), { color: BLUE, width: 1.5, opacity: 0.6 }),
    group("Mixture of experts", (row, i) => i > 0 && row.experts > 1, { color: GREEN, width: 1.5, opacity: 0.6, type: "dashed" }),
    group("Best", (_, i) => i === 0, { color: VERMILLION, width: 4, opacity: 1 }),
  ].filter((s) => s.data.length > 0);
  return picture("designs", {
    title: "The top designs, a line each",
    description: `${rows.length} designs across ${axes.length} quantities that differ among them. The thick line is the best. Drag along an axis to keep the designs within that range; the table follows.`,
    height: 440,
    option: {
      legend: legend(series.map((s) => s.name)),
      parallel: { left: 56, right: 70, top: 100, bottom: 40, axisExpandable: false, parallelAxisDefault: {} },
      parallelAxis: axes,
      series,
    },
    ...table([["Rank", (_, i) => (i < result.best.length ? i + 1 : "front")], ...designColumns(rows)], rows),
  });
}

const AXIS_LOOK = {
  nameLocation: "end",
  nameGap: 14,
  nameTextStyle: { color: "#222", lineHeight: 13, fontSize: 11 },
  axisLabel: { color: "#222", fontSize: 11 },
  areaSelectStyle: { width: 18, color: BLUE, opacity: 0.3, borderColor: BLUE },
};

function parallelAxis(dim, key, scale, rows) {
  return { dim, name: wrapped(scale.name, 12), ...bounds(rows.map((row) => scaled(row[key], scale))), ...AXIS_LOOK };
}

const BLOCKS = ["embedding", "attention", "dense_ffn", "routed_experts", "shared_experts", "router", "norms", "biases", "head"];

/** Stacked bars: a bar for each of `bars` {name, parts: {part: value}}; parts that are nowhere over 0 are left out. */
export function stack(id, title, description, key, bars) {
  const parts = [...new Set(bars.flatMap((bar) => Object.keys(bar.parts)))]
    .filter((part) => bars.some((bar) => bar.parts[part] > 0))
    .sort((a, b) => BLOCKS.indexOf(a) - BLOCKS.indexOf(b));
  const sum = (bar) => Object.values(bar.parts).reduce((a, b) => a + (b ?? 0), 0);
  const scale = scaleOf(key, bars.map(sum));
  const rows = bars.flatMap((bar, b) => parts.filter((part) => bar.parts[part] > 0).map((part) => ({ b, bar: bar.name, part, value: bar.parts[part], share: bar.parts[part] / sum(bar) })));
  const series = parts.map((part, i) => ({
    type: "bar", name: label(part), stack: "all", barMaxWidth: 46,
    itemStyle: { color: PALETTE[i % PALETTE.length], borderColor: "#fff", borderWidth: 1, decal: DECALS[i % DECALS.length] },
    data: bars.map((bar, b) => ({ value: scaled(bar.parts[part] ?? 0, scale), row: rows.findIndex((row) => row.b === b && row.part === part) })),
  }));
  return picture(id, {
    title, description,
    height: 150 + 70 * bars.length,
    option: {
      legend: legend(parts.map(label), { type: "scroll", left: 16, right: 16 }),
      grid: grid({ left: 110 }),
      xAxis: axis(scale.name, bounds(bars.map((bar) => sum(bar) / scale.factor), { zero: true })),
      yAxis: nameAxis(bars.map((bar) => bar.name), { axisLabel: { width: 96 } }),
      series,
    },
    ...table([["", (row) => row.bar], ["Part", (row) => label(row.part)], [label(key), (row) => show(key, row.value)], ["Share", (row) => `${(100 * row.share).toFixed(1)}%`]], rows),
  });
}

// Hatching, so that neighbours differ without colour.
const DECALS = [
  null,
  { symbol: "rect", color: "rgba(255,255,255,0.35)", dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: 0.785 },
  null,
  { symbol: "rect", color: "rgba(255,255,255,0.35)", dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -0.785 },
];

/** Of one design: its parameters, memory and money. Nothing for what is not defined. */
export function breakdownPictures(breakdown) {
  if (!breakdown) return [];
  const pictures = [stack("parameters", "Parameters of the best by block", "Total and activated parameters by block.", "total_params", [
    { name: "Total", parts: breakdown.params },
    { name: "Activated", parts: breakdown.active_params },
  ])];
  const memory = [["Training, per accelerator", breakdown.train_memory_bytes], ["Serving, in all", breakdown.serving_memory_bytes]].filter(([, parts]) => parts);
  if (memory.length > 0) {
    pictures.push(stack("memory", "Memory of the best", "What takes the memory in training and in serving.", "weight_bytes", memory.map(([name, parts]) => ({ name, parts }))));
  }
  const usd = Object.fromEntries(Object.entries(breakdown.usd ?? {}).filter(([, value]) => Number.isFinite(value)));
  if (Object.keys(usd).length > 0) pictures.push(stack("cost", "Cost of the best", "What training and serving cost.", "train_usd", [{ name: "Cost", parts: usd }]));
  return pictures;
}

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

/** "kv_bytes_per_token.max" -> "KV cache per token, max". */
export function ruleLabel(name) {
  if (Object.hasOwn(RULES, name)) return RULES[name];
  const dot = name.lastIndexOf(".");
  return dot < 0 ? label(name) : `${label(name.slice(0, dot).replace("domain.", ""))}, ${name.slice(dot + 1)}${name.startsWith("domain.") ? " of the domain" : ""}`;
}

function bars(id, { title, description, axisName, names, values, texts, columns, rows, color = BLUE, more = {} }) {
  return picture(id, {
    title, description,
    height: 110 + 34 * names.length,
    option: {
      grid: grid({ left: 196, top: 16, right: 70 }),
      xAxis: axis(axisName, bounds(values, { zero: true })),
      yAxis: nameAxis(names),
      series: [{
        type: "bar", name: axisName, barMaxWidth: 22, itemStyle: { color },
        data: values.map((value, row) => ({ value, row, label: { show: true, position: "right", color: "#222", formatter: texts[row] } })),
        ...more,
      }],
    },
    columns, rows,
  });
}

function rejected(result) {
  const rows = Object.entries(result.rejected ?? {}).filter(([, points]) => points > 0).sort((a, b) => b[1] - a[1]).map(([rule, points]) => ({ rule, points }));
  if (rows.length === 0) return null;
  const scale = scaleOf("points", rows.map((row) => row.points));
  return bars("rejected", {
    title: "Designs ruled out, by the first rule that they break",
    description: `Of ${human(result.space_points)} points of the space. "${ruleLabel(rows[0].rule)}" rules out the most, ${human(rows[0].points)}.`,
    axisName: `Points${scale.unit ? ` (${scale.unit})` : ""}`,
    names: rows.map((row) => ruleLabel(row.rule)),
    values: rows.map((row) => scaled(row.points, scale)),
    texts: rows.map((row) => human(row.points)),
    ...table([["Rule", (row) => row.rule], ["Points", (row) => human(row.points)], ["What it asks", (row) => result.rules?.[row.rule] ?? "–"]], rows),
  });
}

function bindingPicture(result) {
  const without = Object.entries(result.best_without ?? {}).filter(([, value]) => Number.isFinite(value));
  const best = result.best?.[0];
  if (without.length === 0 || !best || result.objective !== "mmlu") return null;
  const rows = [{ rule: "as asked", value: best.mmlu }, ...without.map(([rule, value]) => ({ rule, value }))];
  const values = rows.map((row) => Number(row.value.toPrecision(6)));
  const names = rows.map((row, i) => (i === 0 ? "As asked" : `Without ${ruleLabel(row.rule).replace(/^The/, "the")}`));
  return picture("binding", {
    title: "What each binding limit costs",
    description: `The best reaches ${best.mmlu.toFixed(2)} MMLU as asked. Without one limit: ${without.map(([rule, v]) => `${ruleLabel(rule)} ${v.toFixed(2)}`).join("; ")}.`,
    height: 110 + 34 * rows.length,
    option: {
      grid: grid({ left: 220, top: 16, right: 60 }),
      xAxis: axis("Best MMLU", scoreBounds(values)),
      yAxis: nameAxis(names, { axisLabel: { width: 200 } }),
      series: [scatter("Best MMLU", values.map((v, i) => [v, i, i]), 0, { symbolSize: 12, label: { show: true, position: "right", color: "#222", formatter: "{@[0]}" } })],
    },
    ...table([["Limit left out", (row) => row.rule], ["Best MMLU", (row) => row.value.toFixed(3)], ["Gain", (row) => (row.value - best.mmlu).toFixed(3)]], rows),
  });
}

function nearBest(result) {
  const rows = (result.near_best ?? []).map((near) => ({ ...near }));
  if (rows.length === 0) return null;
  const shape = (row) => (row ? `${row.layers} × ${row.hidden}, FFN ${row.ffn}, ${expertsText(row)}` : "–");
  const text = (row) => (row.at_least === row.at_most ? human(row.at_most) : `${human(row.at_least)} to ${human(row.at_most)}`);
  const scale = scaleOf("points", rows.map((row) => row.at_most));
  return bars("near-best", {
    title: "Designs nearly as good as the best",
    description: rows.map((row) => `${text(row)} designs lie within ${row.within} MMLU of the best`).join("; ") + ".",
    axisName: `Designs${scale.unit ? ` (${scale.unit})` : ""}`,
    names: rows.map((row) => `within ${row.within} MMLU`),
    values: rows.map((row) => scaled(row.at_most, scale)),
    texts: rows.map(text),
    ...table([
      ["Within (MMLU)", (row) => row.within], ["Designs", text],
      ["Cheapest", (row) => shape(row.cheapest)], ["Shallowest", (row) => shape(row.shallowest)], ["Smallest KV cache", (row) => shape(row.smallest_kv)],
    ], rows),
  });
}

function sensitivity(result) {
  const rows = Object.entries(result.sensitivity ?? {}).filter(([, s]) => s).map(([limit, s]) => ({ limit, ...s }));
  if (rows.length === 0) return null;
  return bars("sensitivity", {
    title: "What one percent more room under each limit brings",
    description: "MMLU gained where one limit alone is moved by 1%. 0 says that the limit does not bind, or that 1% admits no better design.",
    axisName: "MMLU per percent",
    names: rows.map((row) => ruleLabel(row.limit)),
    values: rows.map((row) => row.mmlu_per_percent ?? 0),
    texts: rows.map((row) => (row.mmlu_per_percent ?? 0).toFixed(3)),
    ...table([
      ["Limit", (row) => row.limit], ["MMLU per percent", (row) => row.mmlu_per_percent ?? "–"],
      ["Change for one more MMLU", (row) => (Number.isFinite(row.change_for_plus_one) ? `${(100 * row.change_for_plus_one).toFixed(1)}%` : "none is enough")],
    ], rows),
  });
}
