// What pictures of designs share: the columns of their tables, and what one design consists of.

import {
  axis,
  BLUE,
  bounds,
  GREEN,
  grid,
  legend,
  nameAxis,
  ORANGE,
  picture,
  PURPLE,
  scatter,
  SKY,
  spans,
  table,
  VERMILLION,
} from "./chart_parts.js";
import {expertsText, intervalText, label, scaled, scaleOf, show, words} from "../parts/format.js";

export const COSTS = [
  "train_days",
  "train_usd",
  "lifetime_usd",
  "train_memory_bytes_per_accelerator",
  "kv_bytes_per_token",
  "decode_tokens_per_second",
];

/** Scores with their 90% intervals, a row each. */
export const scoreSeries = (rows) => [
  spans(
    "90% interval",
    rows.map((row, i) => [[row.mmlu_low90, i], [row.mmlu_high90, i], i]),
    "#8fb8d6",
  ),
  scatter(
    "MMLU",
    rows.map((row, i) => [row.mmlu, i, i]),
    0,
  ),
];

/** Columns of designs: shape, sizes, score with its interval, and the costs that are defined. */
export function designColumns(rows, more = []) {
  const defined = [...new Set([...COSTS, ...more])].filter((key) => rows.some((row) => key in row));
  return [
    "layers",
    "hidden",
    "ffn",
    ["Experts", expertsText],
    "total_params",
    "active_params",
    "tokens",
    "mmlu",
    ["90% interval", intervalOf],
    ...defined.filter(
      (key) => !["layers", "hidden", "ffn", "total_params", "active_params", "tokens", "mmlu"].includes(key),
    ),
  ];
}

export const intervalOf = (row) => intervalText([row.mmlu_low90, row.mmlu_high90]);

const BLOCKS = [
  "embedding",
  "attention",
  "dense_ffn",
  "routed_experts",
  "shared_experts",
  "router",
  "norms",
  "biases",
  "head",
];

const sum = (bar) => Object.values(bar.parts).reduce((a, b) => a + (b ?? 0), 0);

// "Total 81.9B, most of it routed experts"
function barText(key, bar) {
  const [part] = Object.entries(bar.parts).reduce((a, b) => ((b[1] ?? 0) > (a[1] ?? 0) ? b : a));
  return `${bar.name} ${show(key, sum(bar))}, most of it ${words(part)}`;
}

/** Stacked bars: a bar for each of `bars` {name, parts: {part: value}}; parts that are nowhere over 0 are left out. */
export function stack(id, title, key, bars) {
  const parts = [...new Set(bars.flatMap((bar) => Object.keys(bar.parts)))]
    .filter((part) => bars.some((bar) => bar.parts[part] > 0))
    .sort((a, b) => BLOCKS.indexOf(a) - BLOCKS.indexOf(b));
  const scale = scaleOf(key, bars.map(sum));
  const rows = bars.flatMap((bar, b) =>
    parts
      .filter((part) => bar.parts[part] > 0)
      .map((part) => ({b, bar: bar.name, part, value: bar.parts[part], share: bar.parts[part] / sum(bar)})),
  );
  const series = parts.map((part) => ({
    type: "bar",
    name: label(part),
    stack: "all",
    barMaxWidth: 46,
    itemStyle: {borderColor: "#fff", borderWidth: 1, ...lookOf(part)},
    data: bars.map((bar, b) => ({
      value: scaled(bar.parts[part] ?? 0, scale),
      row: rows.findIndex((row) => row.b === b && row.part === part),
    })),
  }));
  return picture(id, {
    title,
    description: `${bars.map((bar) => barText(key, bar)).join("; ")}.`,
    height: 165 + 70 * bars.length,
    option: {
      legend: legend(parts.map(label), {left: 16, right: 16}),
      grid: grid({left: 110, top: 64}),
      xAxis: axis(
        scale.name,
        bounds(
          bars.map((bar) => sum(bar) / scale.factor),
          {zero: true},
        ),
      ),
      yAxis: nameAxis(
        bars.map((bar) => bar.name),
        {axisLabel: {width: 96}},
      ),
      series,
    },
    ...table(
      [
        ["Of", (row) => row.bar],
        ["Part", (row) => label(row.part)],
        [label(key), (row) => show(key, row.value)],
        ["Share", (row) => `${(100 * row.share).toFixed(1)}%`],
      ],
      rows,
    ),
  });
}

const hatching = (rotation) => ({
  symbol: "rect",
  color: "rgba(255,255,255,0.35)",
  dashArrayX: [1, 0],
  dashArrayY: [2, 5],
  rotation,
});
const LEFT = hatching(0.785);
const RIGHT = hatching(-0.785);
const UPRIGHT = hatching(1.571);

// A part looks the same in every picture; neighbours differ by hatching, too, without colour.
const LOOKS = {
  embedding: [BLUE, null],
  attention: [VERMILLION, LEFT],
  dense_ffn: [GREEN, null],
  routed_experts: [ORANGE, RIGHT],
  shared_experts: [PURPLE, null],
  router: [SKY, LEFT],
  norms: ["#F0E442", null],
  biases: ["#000000", RIGHT],
  head: ["#8A8A8A", UPRIGHT],
  weights: [BLUE, null],
  gradients: [VERMILLION, LEFT],
  optimizer: [GREEN, null],
  activations: [ORANGE, RIGHT],
  logits: [PURPLE, null],
  kv_cache: [SKY, LEFT],
  training: [BLUE, null],
  serving: [VERMILLION, LEFT],
};

function lookOf(part) {
  const [color, decal] = Object.hasOwn(LOOKS, part) ? LOOKS[part] : ["#8A8A8A", null];
  return {color, decal};
}

/** Of one design: its parameters, memory and money. Nothing for what is not defined. */
export function breakdownPictures(breakdown) {
  if (!breakdown) return [];
  const pictures = [
    stack("parameters", "Parameters of the best by block", "params", [
      {name: "Total", parts: breakdown.params},
      {name: "Activated", parts: breakdown.active_params},
    ]),
  ];
  const memory = [
    {name: "Training, per accelerator", parts: breakdown.train_memory_bytes},
    {name: "Serving, in all", parts: breakdown.serving_memory_bytes},
  ].filter(({parts}) => parts);
  if (memory.length > 0) pictures.push(stack("memory", "Memory of the best", "memory_bytes", memory));
  const usd = Object.fromEntries(Object.entries(breakdown.usd ?? {}).filter(([, value]) => Number.isFinite(value)));
  if (Object.keys(usd).length > 0)
    pictures.push(stack("cost", "Cost of the best", "usd", [{name: "Cost", parts: usd}]));
  return pictures;
}
