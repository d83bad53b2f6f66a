// Pictures along a course: the law over tokens, layers or gamma, a run against its expectation, the moment of growing.

import {
  axis,
  band,
  BLUE,
  bounds,
  grid,
  legend,
  line,
  logBounds,
  picture,
  ruler,
  scatter,
  scoreBounds,
  table,
  thin,
  thinBut,
  thinNote,
  VERMILLION,
} from "./chart_parts.js";
import {intervalText, label, scaled, scaleOf, show, signed, words} from "../parts/format.js";

export function curvePictures(result) {
  const series = result.series.filter((one) => one.points.length > 0);
  if (series.length === 0) return [];
  const key = result.vary;
  const drawn = series.map((one) => ({...one, points: thin(one.points, 200)}));
  const xs = scaleOf(
    key,
    drawn.flatMap((one) => one.points.map((p) => p[key])),
  );
  const first = drawn[0];
  const x = (p) => scaled(p[key], xs);
  const nameOf = (one) => (one.gamma === null ? "MMLU" : `gamma ${one.gamma}`);
  const banded = first.points.filter((p) => p.interval_90);
  const bandName = first.gamma === null ? "90% interval" : `90% interval, ${nameOf(first)}`;
  const lines = drawn.map((one, i) =>
    line(
      nameOf(one),
      one.points.map((p, row) => [x(p), Number(p.mmlu.toFixed(4)), row]),
      i,
      {showSymbol: key !== "tokens", symbolSize: 4},
    ),
  );
  lines[0].markArea = outside(first.points, x);
  const shown = [...drawn.flatMap((one) => one.points.map((p) => p.mmlu)), ...banded.flatMap((p) => p.interval_90)];
  const beyond = series[0].points.filter((p) => !p.inside_domain).length;
  return [
    picture("curve", {
      title: `MMLU over ${words(key)}`,
      description:
        series
          .map((one) => {
            const best = one.points.reduce((a, b) => (b.mmlu > a.mmlu ? b : a));
            return `${nameOf(one)}: from ${show("mmlu", one.points[0].mmlu)} at ${show(key, one.points[0][key])} to ${show(
              "mmlu",
              one.points.at(-1).mmlu,
            )} at ${show(key, one.points.at(-1)[key])}, highest ${show("mmlu", best.mmlu)} at ${show(key, best[key])}`;
          })
          .join(". ") +
        "." +
        (beyond > 0
          ? ` ${beyond} of ${
              series[0].points.length
            } points lie outside the law's domain, where its interval is too narrow.`
          : ""),
      note: thinNote(first.points, series[0].points),
      option: {
        legend: legend([...lines.map((l) => l.name), ...(banded.length > 0 ? [{name: bandName, icon: "rect"}] : [])]),
        xAxis: axis(
          xs.name,
          key === "tokens" ? logBounds(first.points.map(x)) : {min: x(first.points[0]), max: x(first.points.at(-1))},
        ),
        yAxis: axis("MMLU", {vertical: true, ...scoreBounds(shown)}),
        series: [
          ...(banded.length > 0
            ? band(
                bandName,
                banded.map((p) => [x(p), ...p.interval_90]),
                BLUE,
              )
            : []),
          ...lines,
        ],
      },
      ...table(
        [
          [label(key), (row) => show(key, row[key])],
          ...drawn.map((one) => [nameOf(one), (_, i) => show("mmlu", one.points[i]?.mmlu)]),
          ...(banded.length > 0 ? [[bandName, (row) => intervalText(row.interval_90)]] : []),
          ["Domain", (row) => (row.inside_domain ? "inside" : "outside")],
        ],
        first.points,
      ),
    }),
  ];
}

// Ranges of x where the law was not checked, shaded.
function outside(points, x) {
  const ranges = [];
  points.forEach((p, i) => {
    if (p.inside_domain) return;
    const begins = i === 0 || points[i - 1].inside_domain;
    if (begins) ranges.push([x(points[Math.max(0, i - 1)]), x(p)]);
    ranges.at(-1)[1] = x(points[Math.min(points.length - 1, i + 1)]);
  });
  return {
    silent: true,
    itemStyle: {color: "#999", opacity: 0.16},
    label: {color: "#333", position: "insideBottom"},
    data: ranges.map(([from, to]) => [{name: "outside the domain", xAxis: from}, {xAxis: to}]),
  };
}

export function healthPictures(result) {
  const curve = result.curve ?? [];
  if (curve.length === 0) return [];
  const points = thinBut(curve, isOutside, (p) => Math.abs(p.measured - p.expected));
  const xs = scaleOf(
    "tokens",
    points.map((p) => p.tokens),
  );
  const x = (p) => scaled(p.tokens, xs);
  return [healthCurve(result, curve, points, xs, x), healthResiduals(result, curve, points, xs, x)];
}

const HEALTH = [
  "tokens",
  "measured",
  "expected",
  ["90% band", (p) => intervalText([p.low, p.high])],
  ["Residual", (p) => (p.measured - p.expected).toFixed(2)],
];

const isOutside = (p) => p.measured < p.low || p.measured > p.high;

const OUTSIDE_FIRST = "those outside the band first, the rest evenly thinned";

function onset(result, xs) {
  if (!Number.isFinite(result.onset_tokens)) return undefined;
  return ruler({xAxis: scaled(result.onset_tokens, xs)}, `onset ${show("tokens", result.onset_tokens)}`, VERMILLION);
}

function healthCurve(result, curve, points, xs, x) {
  const out = curve.filter(isOutside).length;
  return picture("health", {
    title: "Measured against expected",
    description:
      `${curve.length} measured points, ${out} of them outside the 90% band.` +
      (Number.isFinite(result.onset_tokens)
        ? ` The run leaves its earlier course at ${show("tokens", result.onset_tokens)} tokens.`
        : ""),
    note: thinNote(points, curve, OUTSIDE_FIRST),
    option: {
      legend: legend(["Measured", "Expected", {name: "90% band", icon: "rect"}]),
      xAxis: axis(xs.name, bounds([0, ...points.map(x)])),
      yAxis: axis("MMLU", {vertical: true, ...scoreBounds(points.flatMap((p) => [p.measured, p.low, p.high]))}),
      series: [
        ...band(
          "90% band",
          points.map((p) => [x(p), p.low, p.high]),
          BLUE,
        ),
        line(
          "Expected",
          points.map((p, i) => [x(p), Number(p.expected.toFixed(4)), i]),
          0,
        ),
        {
          ...scatter(
            "Measured",
            points.map((p, i) => [x(p), p.measured, i]),
            1,
            {symbolSize: 8},
          ),
          markLine: onset(result, xs),
        },
      ],
    },
    ...table(HEALTH, points),
  });
}

function healthResiduals(result, curve, points, xs, x) {
  const residuals = points.map((p) => Number((p.measured - p.expected).toFixed(4)));
  const most = curve.reduce((a, b) => (Math.abs(b.measured - b.expected) > Math.abs(a.measured - a.expected) ? b : a));
  const zero = {
    silent: true,
    symbol: "none",
    label: {show: false},
    lineStyle: {color: "#555", type: "solid"},
    data: [
      {yAxis: 0},
      ...(onset(result, xs)?.data.map((d) => ({...d, lineStyle: {color: VERMILLION, type: "dashed"}})) ?? []),
    ],
  };
  return picture("residuals", {
    title: "Measured less expected",
    description: `The largest residual is ${signed(most.measured - most.expected)} MMLU at ${show(
      "tokens",
      most.tokens,
    )} tokens.`,
    note: thinNote(points, curve, OUTSIDE_FIRST),
    height: 300,
    option: {
      grid: grid({top: 20}),
      xAxis: axis(xs.name, bounds([0, ...points.map(x)])),
      yAxis: axis("Residual (MMLU)", {vertical: true, ...bounds([0, ...residuals])}),
      series: [
        {
          ...scatter(
            "Residual",
            points.map((p, i) => [x(p), residuals[i], i]),
            1,
            {symbolSize: 8},
          ),
          markLine: zero,
        },
      ],
    },
    ...table(HEALTH, points),
  });
}

export function expandPictures(result) {
  const curve = (result.curve ?? []).filter((p) => Number.isFinite(p.mmlu_raw)).map(cleared);
  if (curve.length === 0) return [];
  return [growth(result, curve, "from_tokens"), growth(result, curve, "r")];
}

// A root that is 0 but for rounding reads as 0.
const cleared = (moment) => ({...moment, r: Math.abs(moment.r) < 1e-9 ? 0 : moment.r});

function growth(result, curve, key) {
  const points = thin(curve, 300);
  const xs = scaleOf(
    key,
    curve.map((p) => p[key]),
  );
  const x = (p) => scaled(p[key], xs);
  const score = (p) => Number(p.mmlu_raw.toFixed(4));
  const critical = (result.critical_points ?? []).filter((c) => Number.isFinite(c.mmlu_raw)).map(cleared);
  const names = critical.map((c) => c.kind.replaceAll("_", " "));
  const series = [
    line(
      "Grown",
      points.map((p, i) => [x(p), score(p), i]),
      0,
    ),
    ...critical.map((c, i) => scatter(names[i], [[x(c), score(c)]], i + 1, {symbolSize: 13, z: 5})),
  ];
  const best = scatter("Best", [[x(result.best), score(result.best)]], 0, {
    symbolSize: 15,
    z: 6,
    itemStyle: {color: "#fff", borderColor: "#000", borderWidth: 2.5},
  });
  const scratch = result.scratch?.mmlu_raw;
  if (Number.isFinite(scratch)) {
    series.push({
      type: "line",
      name: "From scratch",
      symbol: "none",
      lineStyle: {color: "#333", type: "dashed", width: 2},
      itemStyle: {color: "#333"},
      data: points.map((p) => [x(p), Number(scratch.toFixed(4))]),
    });
  }
  series.push(best);
  const marked = [result.best, ...critical];
  return picture(key === "r" ? "growth-r" : "growth", {
    title: key === "r" ? "Score over r" : "Score over the moment of growing",
    description:
      `The best plan grows after ${show("from_tokens", result.best.from_tokens)} tokens (r ${show(
        "r",
        result.best.r,
      )}) and reaches raw ${result.best.mmlu_raw.toFixed(2)}` +
      (Number.isFinite(scratch) ? `; training the target from scratch reaches raw ${scratch.toFixed(2)}` : "") +
      ". " +
      critical
        .map((c) => `${c.kind.replaceAll("_", " ")} at ${show(key, c[key])}: raw ${c.mmlu_raw.toFixed(2)}`)
        .join("; ") +
      (critical.length > 0 ? "." : ""),
    note: thinNote(points, curve),
    option: {
      legend: legend(series.map((s) => s.name)),
      xAxis: axis(xs.name, bounds([...curve, ...marked].map(x), key === "r" ? {most: 1} : {})),
      yAxis: axis("Raw score", {
        vertical: true,
        ...bounds([...[...curve, ...marked].map(score), ...(Number.isFinite(scratch) ? [scratch] : [])]),
      }),
      series,
    },
    ...table(["from_tokens", "to_tokens", "r", "mmlu_raw"], points),
  });
}
