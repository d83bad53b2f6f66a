// Pictures of an inversion: the posterior against the prior, its marginals and pairs, what was identified.

import {axis, BLUE, grid, legend, logBounds, nameAxis, picture, ruler, scatter, spans, table} from "./chart_parts.js";
import {label, scaled, scaleOf, show, words} from "./format.js";

// Sizes whose posterior is a factor, by what a reader asks first.
const INFERRED = [
  "total_params", "active_params", "tokens", "layers", "hidden", "activated_ffn", "ffn", "experts", "experts_active",
  "tokens_per_param", "train_flops", "train_usd"
];

export function invertPictures(result) {
  const names = INFERRED.filter((name) => Number.isFinite(result.intervals?.[name]?.q50));
  if (names.length === 0) return [];
  return [posterior(result, names), ...marginals(result), ...pairs(result), identified(result), odds(result)].filter(
      Boolean);
}

const QUANTILES = [["5%", "q05"], ["25%", "q25"], ["median", "q50"], ["75%", "q75"], ["95%", "q95"]];

// All on one axis: each quantile as a multiple of the quantity's own posterior median.
function posterior(result, names) {
  const ratio = (name, value) => Number((value / result.intervals[name].q50).toPrecision(5));
  const q = (name) => result.intervals[name];
  const prior = (name) => result.prior?.[name];
  const withPrior = names.some(prior);
  const ends = logBounds(names.flatMap(
      (name) => [q(name).q05, q(name).q95, prior(name)?.q05, prior(name)?.q95]
                    .filter(Number.isFinite)
                    .map((v) => ratio(name, v))));
  const segment = (of, low, high, shift) => names.flatMap(
      (name, i) =>
          (of(name) ? [[[ratio(name, of(name)[low]), i + shift], [ratio(name, of(name)[high]), i + shift], i]] : []));
  const series = [
    ...(withPrior ? [spans(
                        "Prior, 90%", segment(prior, "q05", "q95", 0), "#bbb",
                        {lineStyle: {color: "#bbb", width: 13, opacity: 0.6}})] :
                    []),
    spans(
        "Posterior, 90%", segment(q, "q05", "q95", 0), "#6aa7cf",
        {lineStyle: {color: "#6aa7cf", width: 4, opacity: 1}}),
    spans("Posterior, 50%", segment(q, "q25", "q75", 0), BLUE, {lineStyle: {color: BLUE, width: 9, opacity: 1}}),
    scatter(
        "Median", names.map((name, i) => [1, i, i]), 0,
        {symbol: "rect", symbolSize: [3, 17], itemStyle: {color: "#000"}}),
  ];
  return picture(
      "posterior", {
        title: `What the evidence tells of each size${withPrior ? ", against the prior" : ""}`,
        description: names.slice(0, 3)
                         .map(
                             (name) => `${label(name)}: median ${show(name, q(name).q50)}, 90% within ${
                                 show(name, q(name).q05)} to ${show(name, q(name).q95)}`)
                         .join(". ") +
            ". A bar of 10 times its median's width either way hardly tells anything.",
        height: 140 + 30 * names.length,
        option: {
          legend: legend(series.map((s) => s.name)),
          grid: grid({left: 230}),
          xAxis: axis("Times the posterior's median", ends),
          yAxis: nameAxis(names.map((name) => `${label(name)}, ${show(name, q(name).q50)}`), {axisLabel: {width: 212}}),
          series,
        },
        ...table(
            [
              ["Quantity", (row) => label(row.name)],
              ...QUANTILES.map(([title, key]) => [title, (row) => show(row.name, row.q[key])]),
              ...(withPrior ? [[
                "Prior 90%",
                (row) => (row.prior ? `${show(row.name, row.prior.q05)} to ${show(row.name, row.prior.q95)}` : "–")
              ]] :
                              []),
              [
                "Identified",
                (row) => (Number.isFinite(result.identified?.[row.name]) ? result.identified[row.name].toFixed(2) : "–")
              ],
            ],
            names.map((name) => ({name, q: q(name), prior: prior(name)}))),
      });
}

const MARGINALS = ["total_params", "active_params", "tokens", "layers", "hidden", "activated_ffn"];
const BINS = 16;

// Histograms side by side, in logarithms.
function marginals(result) {
  const sample = result.sample;
  const names = MARGINALS.filter(
      (name) => sample?.[name]?.length > 0 && Math.max(...sample[name]) > Math.min(...sample[name]) * 1.001);
  if (names.length === 0) return [];
  const bins = names.map((name) => histogram(sample[name], scaleOf(name, sample[name])));
  const columns = 3;
  const cell = (i) =>
      ({left: `${6 + (i % columns) * 32}%`, width: "26%", top: 34 + Math.floor(i / columns) * 190, height: 110});
  const rows = names.flatMap((name, i) => bins[i].bars.map((bar) => ({name, ...bar, scale: bins[i].scale})));
  let row = -1;
  return [picture(
      "marginals", {
        title: "Posterior of each size",
        description: `Histograms of ${sample[names[0]].length} equally likely draws from the posterior. ` +
            names.map((name) => `${label(name)} is most often near ${show(name, peak(bins[names.indexOf(name)]))}`)
                .join("; ") +
            ".",
        height: 30 + 190 * Math.ceil(names.length / columns),
        option: {
          grid: names.map((_, i) => cell(i)),
          xAxis: names.map(
              (name, i) => ({
                ...axis(
                    bins[i].scale.name,
                    {...logBounds(sample[name].map((v) => v / bins[i].scale.factor)), splitLine: {show: false}}),
                gridIndex: i,
                nameGap: 26,
                nameTextStyle: {color: "#222", fontWeight: "bold", fontSize: 11}
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
              ["Quantity", (r) => label(r.name)], ["From", (r) => show(r.name, r.from * r.scale.factor)],
              ["To", (r) => show(r.name, r.to * r.scale.factor)], ["Draws", (r) => r.draws]
            ],
            rows),
      })];
}

function histogram(values, scale) {
  const logs = values.map((v) => Math.log(v / scale.factor));
  const low = Math.min(...logs);
  const width = (Math.max(...logs) - low) / BINS;
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

const PAIRS = [["total_params", "tokens"], ["layers", "hidden"], ["active_params", "total_params"]];

// Each draw a point: what goes with what. Modes are what the law itself gives the score.
function pairs(result) {
  const sample = result.sample;
  if (!sample?.kind?.length) return [];
  return PAIRS.filter(([x, y]) => [x, y].every((key) => Math.max(...sample[key]) > Math.min(...sample[key]) * 1.001))
      .filter(([x, y]) => sample[x].some((v, i) => v !== sample[y][i]))
      .map(([x, y]) => pair(result, sample, x, y));
}

function pair(result, sample, x, y) {
  const xs = scaleOf(x, sample[x]);
  const ys = scaleOf(y, sample[y]);
  const modes = (result.modes ?? []).filter((mode) => mode[x] > 0 && mode[y] > 0);
  const kinds = [["dense", "Dense"], ["moe", "Mixture of experts"]];
  const indices = kinds.map(([kind]) => sample.kind.flatMap((k, i) => (k === kind ? [i] : [])));
  const series = kinds.flatMap(
      ([, name], k) =>
          (indices[k].length > 0 ?
               [scatter(name, indices[k].map((i) => [scaled(sample[x][i], xs), scaled(sample[y][i], ys), i]), k, {
                 symbolSize: 6,
                 itemStyle: {color: [BLUE, "#B04A00"][k], opacity: 0.45},
                 symbol: ["circle", "triangle"][k]
               })] :
               []));
  if (modes.length > 0) {
    series.push(scatter(
        "Modes of the law", modes.map((mode) => [scaled(mode[x], xs), scaled(mode[y], ys)]), 1,
        {symbol: "diamond", symbolSize: 15, itemStyle: {color: "#fff", borderColor: "#000", borderWidth: 2}, z: 5}));
  }
  const all = (key, scale) => [...sample[key], ...modes.map((mode) => mode[key])].map((v) => v / scale.factor);
  return picture(`pair-${x}-${y}`, {
    title: `${label(y)} against ${words(x)}`,
    description: `${sample.kind.length} equally likely draws from the posterior, ${indices[0].length} dense and ${
                     indices[1].length} mixtures of experts` +
        (modes.length > 0 ? `; ${modes.length} ${modes.length > 1 ? "modes are" : "mode is"} marked.` : "."),
    option: {
      legend: legend(series.map((s) => s.name)),
      xAxis: axis(xs.name, logBounds(all(x, xs))),
      yAxis: axis(ys.name, {vertical: true, ...logBounds(all(y, ys))}),
      series,
    },
    ...table(
        [["Kind", (row) => row.kind], x, y],
        sample.kind.map((kind, i) => ({kind, [x]: sample[x][i], [y]: sample[y][i]}))),
  });
}

function identified(result) {
  const rows = Object.entries(result.identified ?? {})
                   .filter(([, share]) => Number.isFinite(share))
                   .sort((a, b) => b[1] - a[1])
                   .map(([name, share]) => ({name, share}));
  if (rows.length === 0) return null;
  const finding = (name) =>
      (result.findings ?? []).find((text) => text.startsWith(`${name}:`))?.slice(name.length + 2) ?? "–";
  return picture(
      "identified", {
        title: "How much narrower the evidence makes each field",
        description: `1 is known, 0 is no narrower than the prior. Best known: ${label(rows[0].name)}, ${
            rows[0].share.toFixed(2)}; least: ${label(rows.at(-1).name)}, ${rows.at(-1).share.toFixed(2)}.`,
        height: 90 + 26 * rows.length,
        option: {
          grid: grid({left: 190, top: 14, right: 50}),
          xAxis: axis("Identified", {min: Math.min(0, Math.floor(10 * rows.at(-1).share) / 10), max: 1}),
          yAxis: nameAxis(rows.map((row) => label(row.name))),
          series: [{
            type: "bar",
            name: "Identified",
            barMaxWidth: 16,
            itemStyle: {color: BLUE},
            data: rows.map((row, i) => ({
                             value: Number(row.share.toFixed(4)),
                             row: i,
                             label: {show: true, position: "right", color: "#222", formatter: row.share.toFixed(2)}
                           }))
          }],
        },
        ...table(
            [
              ["Field", (row) => label(row.name)], ["Identified", (row) => row.share.toFixed(3)],
              ["Finding", (row) => finding(row.name)]
            ],
            rows),
      });
}

function odds(result) {
  const {dense, moe} = result.odds ?? {};
  if (!Number.isFinite(dense) || !Number.isFinite(moe)) return null;
  const rows = [["Dense", dense], ["Mixture of experts", moe]];
  return picture("odds", {
    title: "Dense or mixture of experts",
    description: `Dense ${(100 * dense).toFixed(1)}%, mixture of experts ${
        (100 * moe).toFixed(1)}%, by prior and evidence together.`,
    height: 160,
    option: {
      grid: grid({left: 150, top: 14, right: 60}),
      xAxis: axis("Share of the posterior (%)", {min: 0, max: 100}),
      yAxis: nameAxis(rows.map(([name]) => name), {axisLabel: {width: 130}}),
      series: [{
        type: "bar",
        name: "Share",
        barMaxWidth: 24,
        itemStyle: {color: BLUE},
        data:
            rows.map(([, share], row) => ({
                       value: Number((100 * share).toFixed(2)),
                       row,
                       label: {show: true, position: "right", color: "#222", formatter: `${(100 * share).toFixed(1)}%`}
                     }))
      }],
    },
    ...table([["Kind", (row) => row[0]], ["Share", (row) => `${(100 * row[1]).toFixed(2)}%`]], rows),
  });
}
