// Pictures of an inversion: the posterior against the prior, what was identified, dense or mixture of experts.

import {axis, BLUE, grid, legend, logBounds, nameAxis, picture, scatter, spans, table} from "./chart_parts.js";
import {label, show} from "../parts/format.js";
import {marginals, pairs} from "./sample.js";

// Sizes whose posterior is a factor, by what a reader asks first.
const INFERRED = [
  "total_params",
  "active_params",
  "tokens",
  "layers",
  "hidden",
  "activated_ffn",
  "ffn",
  "experts",
  "experts_active",
  "tokens_per_param",
  "train_flops",
  "train_usd",
];

export function invertPictures(result) {
  const names = INFERRED.filter((name) => Number.isFinite(result.intervals?.[name]?.q50));
  if (names.length === 0) return [];
  return [posterior(result, names), ...marginals(result), ...pairs(result), identified(result), odds(result)].filter(
    Boolean,
  );
}

const QUANTILES = [
  ["5%", "q05"],
  ["25%", "q25"],
  ["median", "q50"],
  ["75%", "q75"],
  ["95%", "q95"],
];

// All on one axis: each quantile as a multiple of the quantity's own posterior median.
function posterior(result, names) {
  const ratio = (name, value) => Number((value / result.intervals[name].q50).toPrecision(5));
  const q = (name) => result.intervals[name];
  const prior = (name) => result.prior?.[name];
  const withPrior = names.some(prior);
  const ends = logBounds(
    names.flatMap((name) =>
      [q(name).q05, q(name).q95, prior(name)?.q05, prior(name)?.q95].filter(Number.isFinite).map((v) => ratio(name, v)),
    ),
  );
  const segment = (of, low, high, shift) =>
    names.flatMap((name, i) =>
      of(name) ? [[[ratio(name, of(name)[low]), i + shift], [ratio(name, of(name)[high]), i + shift], i]] : [],
    );
  const series = [
    ...(withPrior
      ? [
          spans("Prior, 90%", segment(prior, "q05", "q95", 0), "#bbb", {
            lineStyle: {color: "#bbb", width: 13, opacity: 0.6},
          }),
        ]
      : []),
    spans("Posterior, 90%", segment(q, "q05", "q95", 0), "#6aa7cf", {
      lineStyle: {color: "#6aa7cf", width: 4, opacity: 1},
    }),
    spans("Posterior, 50%", segment(q, "q25", "q75", 0), BLUE, {lineStyle: {color: BLUE, width: 9, opacity: 1}}),
    scatter(
      "Median",
      names.map((name, i) => [1, i, i]),
      0,
      {symbol: "rect", symbolSize: [3, 17], itemStyle: {color: "#000"}},
    ),
  ];
  return picture("posterior", {
    title: `What the evidence tells of each size${withPrior ? ", against the prior" : ""}`,
    description:
      names
        .slice(0, 3)
        .map(
          (name) =>
            `${label(name)}: median ${show(name, q(name).q50)}, 90% within ${show(
              name,
              q(name).q05,
            )} to ${show(name, q(name).q95)}`,
        )
        .join(". ") + ". A bar of 10 times its median's width either way hardly tells anything.",
    height: 140 + 30 * names.length,
    option: {
      legend: legend(series.map((s) => s.name)),
      grid: grid({left: 230}),
      xAxis: axis("Times the posterior's median", ends),
      yAxis: nameAxis(
        names.map((name) => `${label(name)}, ${show(name, q(name).q50)}`),
        {axisLabel: {width: 212}},
      ),
      series,
    },
    ...table(
      [
        ["Quantity", (row) => label(row.name)],
        ...QUANTILES.map(([title, key]) => [title, (row) => show(row.name, row.q[key])]),
        ...(withPrior
          ? [
              [
                "Prior 90%",
                (row) => (row.prior ? `${show(row.name, row.prior.q05)} to ${show(row.name, row.prior.q95)}` : "–"),
              ],
            ]
          : []),
        [
          "Identified",
          (row) => (Number.isFinite(result.identified?.[row.name]) ? result.identified[row.name].toFixed(2) : "–"),
        ],
      ],
      names.map((name) => ({name, q: q(name), prior: prior(name)})),
    ),
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
  return picture("identified", {
    title: "How much narrower the evidence makes each field",
    description: `1 is known, 0 is no narrower than the prior. Best known: ${label(rows[0].name)}, ${rows[0].share.toFixed(
      2,
    )}; least: ${label(rows.at(-1).name)}, ${rows.at(-1).share.toFixed(2)}.`,
    height: 90 + 26 * rows.length,
    option: {
      grid: grid({left: 190, top: 14, right: 50}),
      xAxis: axis("Identified", {min: Math.min(0, Math.floor(10 * rows.at(-1).share) / 10), max: 1}),
      yAxis: nameAxis(rows.map((row) => label(row.name))),
      series: [
        {
          type: "bar",
          name: "Identified",
          barMaxWidth: 16,
          itemStyle: {color: BLUE},
          data: rows.map((row, i) => ({
            value: Number(row.share.toFixed(4)),
            row: i,
            label: {show: true, position: "right", color: "#222", formatter: row.share.toFixed(2)},
          })),
        },
      ],
    },
    ...table(
      [
        ["Field", (row) => label(row.name)],
        ["Identified", (row) => row.share.toFixed(3)],
        ["Finding", (row) => finding(row.name)],
      ],
      rows,
    ),
  });
}

function odds(result) {
  const {dense, moe} = result.odds ?? {};
  if (!Number.isFinite(dense) || !Number.isFinite(moe)) return null;
  const rows = [
    ["Dense", dense],
    ["Mixture of experts", moe],
  ];
  return picture("odds", {
    title: "Dense or mixture of experts",
    description: `Dense ${(100 * dense).toFixed(1)}%, mixture of experts ${(100 * moe).toFixed(
      1,
    )}%, by prior and evidence together.`,
    height: 160,
    option: {
      grid: grid({left: 150, top: 14, right: 60}),
      xAxis: axis("Share of the posterior (%)", {min: 0, max: 100}),
      yAxis: nameAxis(
        rows.map(([name]) => name),
        {axisLabel: {width: 130}},
      ),
      series: [
        {
          type: "bar",
          name: "Share",
          barMaxWidth: 24,
          itemStyle: {color: BLUE},
          data: rows.map(([, share], row) => ({
            value: Number((100 * share).toFixed(2)),
            row,
            label: {show: true, position: "right", color: "#222", formatter: `${(100 * share).toFixed(1)}%`},
          })),
        },
      ],
    },
    ...table(
      [
        ["Kind", (row) => row[0]],
        ["Share", (row) => `${(100 * row[1]).toFixed(2)}%`],
      ],
      rows,
    ),
  });
}
