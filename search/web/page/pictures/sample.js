// Pictures of an inversion's sample of the posterior: its marginals and pairs.

import {axis, BLUE, grid, legend, logBounds, picture, ruler, scatter, table} from "./chart_parts.js";
import {label, scaled, scaleOf, show, words} from "../parts/format.js";

const MARGINALS = ["total_params", "active_params", "tokens", "layers", "hidden", "activated_ffn"];
const BINS = 16;

const least = (values) => values.reduce((a, b) => Math.min(a, b));
const most = (values) => values.reduce((a, b) => Math.max(a, b));
const varies = (values) => values.length > 0 && most(values) > least(values) * 1.001;

// Histograms side by side, in logarithms.
export function marginals(result) {
  const sample = result.sample;
  const names = MARGINALS.filter((name) => varies(sample?.[name] ?? []));
  if (names.length === 0) return [];
  const bins = names.map((name) => histogram(sample[name], scaleOf(name, sample[name])));
  const columns = 3;
  const cell = (i) => ({
    left: `${6 + (i % columns) * 32}%`,
    width: "26%",
    top: 34 + Math.floor(i / columns) * 190,
    height: 110,
  });
  const rows = names.flatMap((name, i) => bins[i].bars.map((bar) => ({name, ...bar, scale: bins[i].scale})));
  let row = -1;
  return [
    picture("marginals", {
      title: "Posterior of each size",
      description:
        `Histograms of ${sample[names[0]].length} equally likely draws from the posterior. ` +
        names
          .map((name) => `${label(name)} is most often near ${show(name, peak(bins[names.indexOf(name)]))}`)
          .join("; ") +
        ".",
      height: 30 + 190 * Math.ceil(names.length / columns),
      option: {
        grid: names.map((_, i) => cell(i)),
        xAxis: names.map((name, i) => ({
          ...axis(bins[i].scale.name, {
            ...logBounds(sample[name].map((v) => v / bins[i].scale.factor)),
            splitLine: {show: false},
          }),
          gridIndex: i,
          nameGap: 26,
          nameTextStyle: {color: "#222", fontWeight: "bold", fontSize: 11},
        })),
        yAxis: names.map((_, i) => ({...axis("", {vertical: true, min: 0, splitNumber: 2}), gridIndex: i})),
        series: names.map((name, i) => ({
          type: "line",
          name: label(name),
          step: "middle",
          symbol: "none",
          xAxisIndex: i,
          yAxisIndex: i,
          lineStyle: {color: BLUE, width: 1.5},
          itemStyle: {color: BLUE},
          areaStyle: {color: BLUE, opacity: 0.35},
          data: bins[i].bars.map((bar) => ({value: [bar.middle, bar.draws], row: ++row})),
          markLine: ruler({xAxis: scaled(result.intervals[name].q50, bins[i].scale)}, "", "#000"),
        })),
      },
      ...table(
        [
          ["Quantity", (r) => label(r.name)],
          ["From", (r) => show(r.name, r.from * r.scale.factor)],
          ["To", (r) => show(r.name, r.to * r.scale.factor)],
          ["Draws", (r) => r.draws],
        ],
        rows,
      ),
    }),
  ];
}

function histogram(values, scale) {
  const logs = values.map((v) => Math.log(v / scale.factor));
  const low = least(logs);
  const width = (most(logs) - low) / BINS;
  const bars = Array.from({length: BINS}, (_, i) => ({
    from: Number(Math.exp(low + i * width).toPrecision(5)),
    to: Number(Math.exp(low + (i + 1) * width).toPrecision(5)),
    middle: Number(Math.exp(low + (i + 0.5) * width).toPrecision(5)),
    draws: 0,
  }));
  for (const log of logs) bars[Math.min(BINS - 1, Math.floor((log - low) / width))].draws += 1;
  return {scale, bars};
}

function peak({bars, scale}) {
  return bars.reduce((a, b) => (b.draws > a.draws ? b : a)).middle * scale.factor;
}

const PAIRS = [
  ["total_params", "tokens"],
  ["layers", "hidden"],
  ["active_params", "total_params"],
];

// Each draw a point: what goes with what. Modes are what the law itself gives the score.
export function pairs(result) {
  const sample = result.sample;
  if (!sample?.kind?.length) return [];
  return PAIRS.filter(([x, y]) => [x, y].every((key) => varies(sample[key])))
    .filter(([x, y]) => sample[x].some((v, i) => v !== sample[y][i]))
    .map(([x, y]) => pair(result, sample, x, y));
}

function pair(result, sample, x, y) {
  const xs = scaleOf(x, sample[x]);
  const ys = scaleOf(y, sample[y]);
  const modes = (result.modes ?? []).filter((mode) => mode[x] > 0 && mode[y] > 0);
  const kinds = [
    ["dense", "Dense"],
    ["moe", "Mixture of experts"],
  ];
  const indices = kinds.map(([kind]) => sample.kind.flatMap((k, i) => (k === kind ? [i] : [])));
  const series = kinds.flatMap(([, name], k) =>
    indices[k].length > 0
      ? [
          scatter(
            name,
            indices[k].map((i) => [scaled(sample[x][i], xs), scaled(sample[y][i], ys), i]),
            k,
            {
              symbolSize: 6,
              itemStyle: {color: [BLUE, "#B04A00"][k], opacity: 0.45},
              symbol: ["circle", "triangle"][k],
            },
          ),
        ]
      : [],
  );
  if (modes.length > 0) {
    series.push(
      scatter(
        "Modes of the law",
        modes.map((mode) => [scaled(mode[x], xs), scaled(mode[y], ys)]),
        1,
        {symbol: "diamond", symbolSize: 15, itemStyle: {color: "#fff", borderColor: "#000", borderWidth: 2}, z: 5},
      ),
    );
  }
  const all = (key, scale) => [...sample[key], ...modes.map((mode) => mode[key])].map((v) => v / scale.factor);
  return picture(`pair-${x}-${y}`, {
    title: `${label(y)} against ${words(x)}`,
    description:
      `${sample.kind.length} equally likely draws from the posterior, ${indices[0].length} dense and ${
        indices[1].length
      } mixtures of experts` +
      (modes.length > 0 ? `; ${modes.length} ${modes.length > 1 ? "modes are" : "mode is"} marked.` : "."),
    option: {
      legend: legend(series.map((s) => s.name)),
      xAxis: axis(xs.name, logBounds(all(x, xs))),
      yAxis: axis(ys.name, {vertical: true, ...logBounds(all(y, ys))}),
      series,
    },
    ...table(
      [["Kind", (row) => row.kind], x, y],
      sample.kind.map((kind, i) => ({kind, [x]: sample[x][i], [y]: sample[y][i]})),
    ),
  });
}
