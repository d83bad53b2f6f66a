// Pictures of models and runs: predictions, fits, audits, curves and health.

import { axis, band, bounds, BLUE, DASHES, GREY, grid, legend, line, logBounds, nameAxis, picture, PALETTE, ruler, scatter, scoreBounds, spans, table, thin, thinNote, VERMILLION } from "./chart_parts.js";
import { human, label, scaled, scaleOf, show, yearsOf } from "./format.js";

export function predictPictures(result) {
  const rows = result.rows ?? [result];
  return [againstReported(rows), predictedScores(rows)].filter(Boolean);
}

const reportedOf = (row) => {
  const value = row.mmlu_reported;
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return Number.isFinite(number) ? (number > 0 && number <= 1 ? 100 * number : number) : null;
};

const PREDICTED = ["model", ["MMLU", (row) => show("mmlu", row.mmlu)], ["90% interval", (row) => interval(row.interval_90)], "total_params", "active_params", "tokens"];

function interval(pair) {
  return pair && Number.isFinite(pair[0]) ? `${pair[0].toFixed(1)} to ${pair[1].toFixed(1)}` : "–";
}

function againstReported(all) {
  const rows = thin(all.filter((row) => reportedOf(row) !== null));
  if (rows.length === 0) return null;
  const errors = rows.map((row) => row.mmlu - reportedOf(row));
  const inside = rows.filter((row) => reportedOf(row) >= row.interval_90[0] && reportedOf(row) <= row.interval_90[1]).length;
  const mean = errors.reduce((sum, e) => sum + Math.abs(e), 0) / rows.length;
  return fittedAgainst("reported", {
    title: "Predicted against reported MMLU",
    description: `${rows.length} models. Mean absolute error ${mean.toFixed(2)} MMLU; ${inside} of ${rows.length} reported scores lie within the law's 90% interval.`,
    groups: groupsOf(rows, (row) => (row.form === "moe" ? "Mixture of experts" : "Dense")),
    x: reportedOf, y: (row) => row.mmlu, xName: "Reported MMLU", yName: "Predicted MMLU",
    rows, ...table([...PREDICTED, ["Reported", (row) => reportedOf(row).toFixed(1)], ["Error", (row) => (row.mmlu - reportedOf(row)).toFixed(2)]], rows),
  });
}

/** [name, [[row, index]]] by what a row says of itself. */
function groupsOf(rows, of) {
  const groups = new Map();
  rows.forEach((row, i) => groups.set(of(row), [...(groups.get(of(row)) ?? []), [row, i]]));
  return [...groups];
}

// Two scores of each model, with the line where they are equal.
function fittedAgainst(id, { title, description, groups, x, y, xName, yName, rows, note = "", columns, rows: cells }) {
  const values = groups.flatMap(([, members]) => members.flatMap(([row]) => [x(row), y(row)]));
  const ends = scoreBounds(values);
  const series = groups.map(([name, members], i) => scatter(name, members.map(([row, at]) => [x(row), y(row), at]), i));
  series[0] = { ...series[0], markLine: ruler([{ coord: [ends.min, ends.min], symbol: "none" }, { coord: [ends.max, ends.max], symbol: "none" }], "equal") };
  return picture(id, {
    title, description, note, height: 500,
    option: {
      legend: legend(groups.map(([name]) => name), groups.length > 6 ? { type: "scroll", left: 16, right: 16 } : {}),
      xAxis: axis(xName, ends), yAxis: axis(yName, { vertical: true, ...ends }), series,
    },
    columns, rows: cells,
  });
}

const MOST_NAMES = 60;

function predictedScores(all) {
  const rows = thin(all, MOST_NAMES);
  const names = rows.map((row, i) => row.model || `${row.layers} layers, hidden ${row.hidden}` || String(i + 1));
  const reported = rows.map(reportedOf);
  const series = [
    spans("90% interval", rows.map((row, i) => [[row.interval_90[0], i], [row.interval_90[1], i], i]), "#8fb8d6"),
    scatter("Predicted", rows.map((row, i) => [row.mmlu, i, i]), 0),
  ];
  if (reported.some((r) => r !== null)) {
    series.push(scatter("Reported", reported.map((r, i) => [r, i, i]).filter(([r]) => r !== null), 1, { symbolSize: 8 }));
  }
  return picture("scores", {
    title: rows.length > 1 ? "Scores with the law's 90% interval" : "The score with the law's 90% interval",
    description: rows.length === 1
      ? `${show("mmlu", rows[0].mmlu)} MMLU, 90% interval ${interval(rows[0].interval_90)}.`
      : `${all.length} models from ${show("mmlu", all.reduce((low, r) => Math.min(low, r.mmlu), 100))} to ${show("mmlu", all.reduce((high, r) => Math.max(high, r.mmlu), 0))} MMLU. Models whose intervals overlap are not told apart by the law.`,
    note: thinNote(rows, all),
    height: 120 + Math.max(20, 20 * rows.length),
    option: {
      legend: legend(series.map((s) => s.name)),
      grid: grid({ left: 170 }),
      xAxis: axis("MMLU", scoreBounds([...rows.flatMap((row) => row.interval_90), ...reported.filter((r) => r !== null)])),
      yAxis: nameAxis(names, { axisLabel: { width: 150, overflow: "truncate" } }),
      series,
    },
    ...table([["Model", (_, i) => names[i]], ...PREDICTED.slice(1), ["Domain", (row) => (row.domain?.inside ? "inside" : row.domain?.warnings?.join("; ") ?? "–")]], rows),
  });
}

export function fitPictures(result) {
  const rows = thin(result.rows ?? []);
  return [
    rows.length > 0 && fittedPicture(result, rows),
    ...residualPictures(result.rows ?? [], (row) => row.reported - row.fitted, "Residual (MMLU)", result.residual_sigma, [
      "model", "family", "year_month", "reported", "fitted", "left_out",
    ]),
    coefficients(result),
  ].filter(Boolean);
}

function fittedPicture(result, rows) {
  return fittedAgainst("fitted", {
    title: "Fitted against reported MMLU",
    description: `${result.rows_used} runs, residual sigma ${result.residual_sigma.toFixed(2)} MMLU. With each run left out the mean absolute error is ${result.leave_one_out.mae.toFixed(2)}.`,
    note: thinNote(rows, result.rows),
    groups: [["Fitted", rows.map((row, i) => [row, i])]],
    x: (row) => row.reported, y: (row) => row.fitted, xName: "Reported MMLU", yName: "Fitted MMLU",
    ...table(["model", "family", "year_month", "reported", "fitted", "left_out", ["Residual", (row) => (row.reported - row.fitted).toFixed(2)]], rows),
  });
}

export function auditPictures(result) {
  const columns = ["model", "family", "year_month", "reported", "predicted", "z", "z_in_family", "flag", ["Reasons", (row) => (row.reasons ?? []).join("; ")]];
  return residualPictures(result.rows ?? [], (row) => row.z, "z", null, columns).filter(Boolean);
}

const FLAG_NAMES = { none: "Within the interval", low: "Flagged low", high: "Flagged high" };
// Above and below are told by the direction of the triangle, too.
const FLAG_LOOK = {
  none: { itemStyle: { color: BLUE, opacity: 0.75 }, symbol: "circle" },
  low: { itemStyle: { color: VERMILLION }, symbol: "triangle", symbolRotate: 180, symbolSize: 12 },
  high: { itemStyle: { color: "#B25A96" }, symbol: "triangle", symbolSize: 12 },
};

// By year, and by family: whether an error follows a date or a maker.
function residualPictures(all, of, name, sigma, columns) {
  const rows = thin(all);
  const dated = rows.filter((row) => yearsOf(row.year_month) !== null);
  return [
    dated.length > 0 && byYear(dated, of, name, sigma, columns),
    rows.some((row) => row.family) && byFamily(rows.filter((row) => row.family), of, name, sigma, columns),
    dated.length === 0 && rows.length > 0 && !rows.some((row) => row.family) && byOrder(rows, of, name, sigma, columns),
  ];
}

function flagged(rows, point) {
  const groups = groupsOf(rows, (row) => row.flag ?? "none");
  groups.sort((a, b) => Object.keys(FLAG_LOOK).indexOf(a[0]) - Object.keys(FLAG_LOOK).indexOf(b[0]));
  const single = groups.length === 1 && rows.every((row) => row.flag === undefined);
  return groups.map(([flag, members]) => scatter(single ? "Runs" : FLAG_NAMES[flag], members.map(([row, i]) => point(row, i)), 0, FLAG_LOOK[flag]));
}

// The interval of the law, or of the fit's residuals: 1.645 sigma either way.
const limitsOf = (sigma) => 1.645 * (sigma ?? 1);

function zeroAndLimits(sigma, key) {
  const limit = Number(limitsOf(sigma).toPrecision(4));
  const looks = [[0, "solid"], [limit, "dashed"], [-limit, "dashed"]];
  return {
    silent: true, symbol: "none", label: { show: false },
    data: looks.map(([at, type]) => ({ [key]: at, lineStyle: { color: "#555", type, width: 1.2 } })),
  };
}

const worst = (rows, of) => rows.reduce((a, b) => (Math.abs(of(b)) > Math.abs(of(a)) ? b : a));
const signed = (value) => `${value > 0 ? "+" : ""}${value.toFixed(2)}`;
const about = (rows, of) => `${worst(rows, of).model} lies farthest off, ${signed(of(worst(rows, of)))}. Dashed lines mark the 90% interval.`;

function byYear(rows, of, name, sigma, columns) {
  const series = flagged(rows, (row, i) => [Number(yearsOf(row.year_month).toFixed(3)), Number(of(row).toFixed(4)), i]);
  series[0].markLine = zeroAndLimits(sigma, "yAxis");
  const years = rows.map((row) => yearsOf(row.year_month));
  return picture("by-year", {
    title: `${name === "z" ? "z" : "Residuals"} by date`,
    description: `${rows.length} models by date. ${about(rows, of)}`,
    option: {
      legend: legend(series.map((s) => s.name)),
      xAxis: axis("Year", { min: Math.floor(Math.min(...years)), max: Math.ceil(Math.max(...years) + 0.01), interval: 1, axisLabel: { formatter: "{value}" } }),
      yAxis: axis(name, { vertical: true, ...bounds([...rows.map(of), limitsOf(sigma), -limitsOf(sigma)]) }),
      series,
    },
    ...table(columns, rows),
  });
}

function byFamily(rows, of, name, sigma, columns) {
  const families = [...new Set(rows.map((row) => row.family))].sort();
  const series = flagged(rows, (row, i) => [Number(of(row).toFixed(4)), families.indexOf(row.family), i]);
  series[0].markLine = zeroAndLimits(sigma, "xAxis");
  return picture("by-family", {
    title: `${name === "z" ? "z" : "Residuals"} by family`,
    description: `${rows.length} models of ${families.length} families. ${about(rows, of)}`,
    height: 110 + 22 * families.length,
    option: {
      legend: legend(series.map((s) => s.name)),
      grid: grid({ left: 140 }),
      xAxis: axis(name, bounds([...rows.map(of), limitsOf(sigma), -limitsOf(sigma)])),
      yAxis: nameAxis(families, { axisLabel: { width: 124, overflow: "truncate" }, splitLine: { show: true, lineStyle: { color: "#eee" } } }),
      series,
    },
    ...table(columns, rows),
  });
}

// A table without dates and families has its order alone.
function byOrder(rows, of, name, sigma, columns) {
  const series = flagged(rows, (row, i) => [i + 1, Number(of(row).toFixed(4)), i]);
  series[0].markLine = zeroAndLimits(sigma, "yAxis");
  return picture("by-row", {
    title: `${name === "z" ? "z" : "Residuals"} by row of the table`,
    description: `${rows.length} models. ${about(rows, of)}`,
    option: {
      legend: legend(series.map((s) => s.name)),
      xAxis: axis("Row", { min: 0, max: rows.length + 1 }),
      yAxis: axis(name, { vertical: true, ...bounds([...rows.map(of), limitsOf(sigma), -limitsOf(sigma)]) }),
      series,
    },
    ...table(columns, rows),
  });
}

const COEFFICIENTS = ["w1 (ln N)", "w2 (ln h)", "w3 (ln d)", "w4 (ln T')", "b"];

function coefficients(result) {
  if (!result.w) return null;
  const values = [...result.w, result.b];
  const errors = result.standard_errors ?? [];
  const rows = COEFFICIENTS.map((name, i) => ({ name, value: values[i], error: errors[i], bootstrap: result.bootstrap_90?.[i] ?? [] }));
  const fitted = rows.filter((row) => Number.isFinite(row.error) && row.error > 0);
  const text = (v) => (Number.isFinite(v) ? v.toFixed(5) : "held");
  return picture("coefficients", {
    title: "Coefficients of the law, with two standard errors",
    description: rows.map((row) => `${row.name} ${row.value.toFixed(3)}${row.error > 0 ? ` ± ${row.error.toFixed(3)}` : " (held)"}`).join("; ") + ".",
    height: 330,
    option: {
      legend: legend(["Coefficient", "± 2 standard errors"]),
      grid: grid({ left: 110 }),
      xAxis: axis("Value", bounds([0, ...values, ...fitted.flatMap((row) => [row.value - 2 * row.error, row.value + 2 * row.error])])),
      yAxis: nameAxis(COEFFICIENTS, { axisLabel: { width: 96 } }),
      series: [
        spans("± 2 standard errors", rows.flatMap((row, i) => (row.error > 0 ? [[[row.value - 2 * row.error, i], [row.value + 2 * row.error, i], i]] : [])), "#8fb8d6"),
        scatter("Coefficient", values.map((v, i) => [Number(v.toPrecision(6)), i, i]), 0),
      ],
    },
    ...table([["Coefficient", (row) => row.name], ["Value", (row) => row.value.toFixed(5)], ["Standard error", (row) => (row.error > 0 ? text(row.error) : "held")],
      ["Bootstrap 5%", (row) => text(row.bootstrap[0])], ["Bootstrap 95%", (row) => text(row.bootstrap[1])]], rows),
  });
}

export function curvePictures(result) {
  const series = result.series.filter((one) => one.points.length > 0);
  if (series.length === 0) return [];
  const key = result.vary;
  const drawn = series.map((one) => ({ ...one, points: thin(one.points, 200) }));
  const xs = scaleOf(key, drawn.flatMap((one) => one.points.map((p) => p[key])));
  const first = drawn[0];
  const x = (p) => scaled(p[key], xs);
  const nameOf = (one) => (one.gamma === null ? "MMLU" : `gamma ${one.gamma}`);
  const banded = first.points.filter((p) => p.interval_90);
  const bandName = first.gamma === null ? "90% interval" : `90% interval, ${nameOf(first)}`;
  const lines = drawn.map((one, i) => line(nameOf(one), one.points.map((p, row) => [x(p), Number(p.mmlu.toFixed(4)), row]), i, { showSymbol: key !== "tokens", symbolSize: 4 }));
  lines[0].markArea = outside(first.points, x);
  const shown = [...drawn.flatMap((one) => one.points.map((p) => p.mmlu)), ...banded.flatMap((p) => p.interval_90)];
  const beyond = first.points.filter((p) => !p.inside_domain).length;
  return [picture("curve", {
    title: `MMLU over ${label(key).toLowerCase()}`,
    description: drawn.map((one) => {
      const best = one.points.reduce((a, b) => (b.mmlu > a.mmlu ? b : a));
      return `${nameOf(one)}: from ${show("mmlu", one.points[0].mmlu)} at ${show(key, one.points[0][key])} to ${show("mmlu", one.points.at(-1).mmlu)} at ${show(key, one.points.at(-1)[key])}, highest ${show("mmlu", best.mmlu)} at ${show(key, best[key])}`;
    }).join(". ") + "." + (beyond > 0 ? ` ${beyond} of ${first.points.length} points lie outside the law's domain, where its interval is too narrow.` : ""),
    note: thinNote(first.points, series[0].points),
    option: {
      legend: legend([...lines.map((l) => l.name), ...(banded.length > 0 ? [{ name: bandName, icon: "rect" }] : [])]),
      xAxis: axis(xs.name, key === "tokens" ? logBounds(first.points.map(x)) : { min: x(first.points[0]), max: x(first.points.at(-1)) }),
      yAxis: axis("MMLU", { vertical: true, ...scoreBounds(shown) }),
      series: [...(banded.length > 0 ? band(bandName, banded.map((p) => [x(p), ...p.interval_90]), BLUE) : []), ...lines],
    },
    ...table([
      [label(key), (row) => show(key, row[key])],
      ...drawn.map((one) => [nameOf(one), (_, i) => show("mmlu", one.points[i]?.mmlu)]),
      ...(banded.length > 0 ? [[bandName, (row) => interval(row.interval_90)]] : []),
      ["Domain", (row) => (row.inside_domain ? "inside" : "outside")],
    ], first.points),
  })];
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
    itemStyle: { color: "#999", opacity: 0.16 },
    label: { color: "#333", position: "insideBottom" },
    data: ranges.map(([from, to]) => [{ name: "outside the domain", xAxis: from }, { xAxis: to }]),
  };
}

export function healthPictures(result) {
  const curve = result.curve ?? [];
  if (curve.length === 0) return [];
  const points = thin(curve);
  const xs = scaleOf("tokens", points.map((p) => p.tokens));
  const x = (p) => scaled(p.tokens, xs);
  return [healthCurve(result, curve, points, xs, x), healthResiduals(result, points, xs, x)];
}

const HEALTH = ["tokens", "measured", "expected", ["90% band", (p) => `${p.low.toFixed(1)} to ${p.high.toFixed(1)}`], ["Residual", (p) => (p.measured - p.expected).toFixed(2)]];

function onset(result, xs) {
  if (!Number.isFinite(result.onset_tokens)) return undefined;
  return ruler({ xAxis: scaled(result.onset_tokens, xs) }, `onset ${show("tokens", result.onset_tokens)}`, VERMILLION);
}

function healthCurve(result, curve, points, xs, x) {
  const out = points.filter((p) => p.measured < p.low || p.measured > p.high).length;
  return picture("health", {
    title: "Measured against expected",
    description: `${points.length} measured points, ${out} of them outside the 90% band.` + (Number.isFinite(result.onset_tokens) ? ` The run leaves its earlier course at ${show("tokens", result.onset_tokens)} tokens.` : ""),
    note: thinNote(points, curve),
    option: {
      legend: legend(["Measured", "Expected", { name: "90% band", icon: "rect" }]),
      xAxis: axis(xs.name, bounds([0, ...points.map(x)])),
      yAxis: axis("MMLU", { vertical: true, ...scoreBounds(points.flatMap((p) => [p.measured, p.low, p.high])) }),
      series: [
        ...band("90% band", points.map((p) => [x(p), p.low, p.high]), BLUE),
        line("Expected", points.map((p, i) => [x(p), Number(p.expected.toFixed(4)), i]), 0),
        { ...scatter("Measured", points.map((p, i) => [x(p), p.measured, i]), 1, { symbolSize: 8 }), markLine: onset(result, xs) },
      ],
    },
    ...table(HEALTH, points),
  });
}

function healthResiduals(result, points, xs, x) {
  const residuals = points.map((p) => Number((p.measured - p.expected).toFixed(4)));
  const most = points.reduce((a, b) => (Math.abs(b.measured - b.expected) > Math.abs(a.measured - a.expected) ? b : a));
  const zero = { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: "#555", type: "solid" }, data: [{ yAxis: 0 }, ...(onset(result, xs)?.data.map((d) => ({ ...d, lineStyle: { color: VERMILLION, type: "dashed" } })) ?? [])] };
  return picture("residuals", {
    title: "Measured less expected",
    description: `The largest residual is ${signed(most.measured - most.expected)} MMLU at ${show("tokens", most.tokens)} tokens.`,
    height: 300,
    option: {
      grid: grid({ top: 20 }),
      xAxis: axis(xs.name, bounds([0, ...points.map(x)])),
      yAxis: axis("Residual (MMLU)", { vertical: true, ...bounds([0, ...residuals]) }),
      series: [{ ...scatter("Residual", points.map((p, i) => [x(p), residuals[i], i]), 1, { symbolSize: 8 }), markLine: zero }],
    },
    ...table(HEALTH, points),
  });
}
