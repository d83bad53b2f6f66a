// Pictures of sizes: size lines, counts and architectures side by side.

import {
  axis,
  BLUE,
  bounds,
  grid,
  legend,
  logBounds,
  nameAxis,
  picture,
  scatter,
  scoreBounds,
  spans,
  table,
} from "./chart_parts.js";
import {expertsText, human, kNormalQuantile95, label, scaled, scaleOf, show} from "../parts/format.js";
import {intervalOf, scoreSeries, stack} from "./designs.js";

export function countPictures(result) {
  return [
    stack("parameters", `Parameters of ${result.model ?? "the model"} by block`, "params", [
      {name: "Total", parts: result.blocks},
      {name: "Activated", parts: result.active_blocks},
    ]),
  ];
}

const COMPARED = [
  "mmlu",
  "total_params",
  "active_params",
  "kv_bytes_per_token",
  "weight_bytes",
  "decode_tokens_per_second",
  "train_flops",
  "train_usd",
];

export function comparePictures(result) {
  const rows = result.rows ?? [];
  const keys = COMPARED.filter((key) => rows.every((row) => Number.isFinite(row[key])));
  const columns = ["model", "layers", "hidden", "ffn", ["Experts", expertsText], ["90% interval", intervalOf], ...keys];
  return keys.map((key) => comparison(key, rows, table(columns, rows)));
}

function comparison(key, rows, cells) {
  const scale = scaleOf(
    key,
    rows.map((row) => row[key]),
  );
  const values = rows.map((row) => scaled(row[key], scale));
  const names = rows.map((row) => row.model);
  const isScore = key === "mmlu" && rows.every((row) => Number.isFinite(row.mmlu_low90));
  const text = rows.map((row) => `${row.model} ${show(key, row[key])}`).join(", ");
  const bar = {
    type: "bar",
    name: scale.name,
    barMaxWidth: 22,
    itemStyle: {color: BLUE},
    data: values.map((value, row) => ({
      value,
      row,
      label: {show: true, position: "right", color: "#222", formatter: show(key, rows[row][key])},
    })),
  };
  return picture(`compare-${key}`, {
    title: label(key),
    description: `${text}.${
      isScore ? " Bars are the law's 90% interval: models whose intervals overlap are not told apart." : ""
    }`,
    height: (isScore ? 130 : 90) + 32 * rows.length,
    option: {
      ...(isScore ? {legend: legend(["MMLU", "90% interval"])} : {}),
      grid: grid({left: 170, top: isScore ? 44 : 12, right: 80}),
      xAxis: axis(
        scale.name,
        isScore ? scoreBounds(rows.flatMap((row) => [row.mmlu_low90, row.mmlu_high90])) : bounds(values, {zero: true}),
      ),
      yAxis: nameAxis(names, {axisLabel: {width: 150, overflow: "truncate"}}),
      series: isScore ? scoreSeries(rows) : [bar],
    },
    ...cells,
  });
}

export function sizePictures(result) {
  return [result.interval_90 && sizes(result), result.regression?.features && slopes(result)].filter(Boolean);
}

function sizes(result) {
  const rows = [
    ...(result.benchmarks ?? []).map((b) => ({name: label(b.benchmark), total: b.total_params, ...own(b)})),
  ];
  rows.push({
    name: rows.length > 1 ? "All together" : "Total parameters",
    total: result.total_params,
    low: result.interval_90[0],
    high: result.interval_90[1],
  });
  const shown = rows.length === 2 && rows[0].total === rows[1].total ? rows.slice(1) : rows;
  const scale = scaleOf(
    "total_params",
    shown.map((row) => row.total),
  );
  const at = (value) => scaled(value, scale);
  return picture("sizes", {
    title: "Total parameters by published size lines",
    description: `${show("total_params", result.total_params)} parameters, 90% interval ${show(
      "total_params",
      result.interval_90[0],
    )} to ${show("total_params", result.interval_90[1])}.`,
    height: 150 + 40 * shown.length,
    option: {
      legend: legend(["Total parameters", "90% interval"]),
      grid: grid({left: 170}),
      xAxis: axis(scale.name, logBounds(shown.flatMap((row) => [at(row.low), at(row.high)]))),
      yAxis: nameAxis(shown.map((row) => row.name)),
      series: [
        spans(
          "90% interval",
          shown.map((row, i) => [[at(row.low), i], [at(row.high), i], i]),
          "#8fb8d6",
          {lineStyle: {color: "#8fb8d6", width: 6}},
        ),
        scatter(
          "Total parameters",
          shown.map((row, i) => [at(row.total), i, i]),
          0,
          {symbolSize: 13},
        ),
      ],
    },
    ...table(
      [
        ["Benchmark", (row) => row.name],
        ["Total parameters", (row) => show("total_params", row.total)],
        ["90% interval", (row) => `${human(row.low)} to ${human(row.high)}`],
      ],
      shown,
    ),
  });
}

// A line's own residuals, in powers of ten either way.
function own(benchmark) {
  if (benchmark.interval_90) return {low: benchmark.interval_90[0], high: benchmark.interval_90[1]};
  const factor = 10 ** (kNormalQuantile95 * benchmark.regression.sigma_dex);
  return {low: benchmark.total_params / factor, high: benchmark.total_params * factor};
}

function slopes(result) {
  const rows = result.regression.features;
  const span = (row) => [row.slope - 2 * row.standard_error, row.slope + 2 * row.standard_error];
  return picture("slopes", {
    title: "Slopes of the size line, with two standard errors",
    description:
      rows.map((row) => `${label(row.name)} ${row.slope.toFixed(3)} ± ${row.standard_error.toFixed(3)}`).join("; ") +
      ": powers of ten of parameters for one unit of the feature.",
    height: 140 + 36 * rows.length,
    option: {
      legend: legend(["Slope", "± 2 standard errors"]),
      grid: grid({left: 190}),
      xAxis: axis("Powers of ten per unit", bounds([0, ...rows.flatMap(span)])),
      yAxis: nameAxis(rows.map((row) => label(row.name))),
      series: [
        spans(
          "± 2 standard errors",
          rows.map((row, i) => [[span(row)[0], i], [span(row)[1], i], i]),
          "#8fb8d6",
        ),
        scatter(
          "Slope",
          rows.map((row, i) => [row.slope, i, i]),
          0,
        ),
      ],
    },
    ...table(
      [
        ["Feature", (row) => label(row.name)],
        ["Slope", (row) => row.slope],
        ["Standard error", (row) => row.standard_error],
        ["Range", (row) => (row.range ? `${row.range[0]} to ${row.range[1]}` : "–")],
      ],
      rows,
    ),
  });
}
