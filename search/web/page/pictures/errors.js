// Pictures of fits and audits: residuals by date and family, coefficients.

import {
  axis,
  BLUE,
  bounds,
  grid,
  legend,
  nameAxis,
  picture,
  scatter,
  spans,
  table,
  thin,
  thinBut,
  thinNote,
  VERMILLION,
} from "./chart_parts.js";
import {kNormalQuantile95, signed, yearsOf} from "../parts/format.js";
import {fittedAgainst, groupsOf} from "./predict.js";

export function fitPictures(result) {
  return [
    result.rows?.length > 0 && fittedPicture(result),
    ...residualPictures(
      result.rows ?? [],
      (row) => row.reported - row.fitted,
      "Residual (MMLU)",
      result.residual_sigma,
      ["model", "family", "year_month", "reported", "fitted", "left_out"],
    ),
    coefficients(result),
  ].filter(Boolean);
}

function fittedPicture(result) {
  const rows = thin(result.rows);
  return fittedAgainst("fitted", {
    title: "Fitted against reported MMLU",
    description: `${result.rows_used} runs, residual sigma ${result.residual_sigma.toFixed(
      2,
    )} MMLU. With each run left out the mean absolute error is ${result.leave_one_out.mae.toFixed(2)}.`,
    note: thinNote(rows, result.rows),
    groups: [["Fitted", rows.map((row, i) => [row, i])]],
    x: (row) => row.reported,
    y: (row) => row.fitted,
    xName: "Reported MMLU",
    yName: "Fitted MMLU",
    ...table(
      [
        "model",
        "family",
        "year_month",
        "reported",
        "fitted",
        "left_out",
        ["Residual", (row) => (row.reported - row.fitted).toFixed(2)],
      ],
      rows,
    ),
  });
}

export function auditPictures(result) {
  const columns = [
    "model",
    "family",
    "year_month",
    "reported",
    "predicted",
    "z",
    "z_in_family",
    "flag",
    ["Reasons", (row) => (row.reasons ?? []).join("; ")],
  ];
  return residualPictures(result.rows ?? [], (row) => row.z, "z", null, columns).filter(Boolean);
}

const FLAG_NAMES = {
  none: "Within the interval",
  low: "Flagged low",
  high: "Flagged high",
};
// Above and below are told by the direction of the triangle, too.
const FLAG_LOOK = {
  none: {itemStyle: {color: BLUE, opacity: 0.75}, symbol: "circle"},
  low: {itemStyle: {color: VERMILLION}, symbol: "path://M0,0 L10,0 L5,9 Z", symbolSize: 11},
  high: {itemStyle: {color: "#B25A96"}, symbol: "triangle", symbolSize: 12},
};

const flagName = (flag) => (Object.hasOwn(FLAG_NAMES, flag) ? FLAG_NAMES[flag] : `Flag: ${flag}`);

// By year, and by family: whether an error follows a date or a maker.
function residualPictures(rows, of, name, sigma, columns) {
  const dated = rows.filter((row) => yearsOf(row.year_month) !== null);
  return [
    dated.length > 0 && byYear(dated, of, name, sigma, columns),
    rows.some((row) => row.family) &&
      byFamily(
        rows.filter((row) => row.family),
        of,
        name,
        sigma,
        columns,
      ),
    dated.length === 0 && rows.length > 0 && !rows.some((row) => row.family) && byOrder(rows, of, name, sigma, columns),
  ];
}

const isFlagged = (row) => (row.flag ?? "none") !== "none";

// What is off is what the pictures are for: it stays, and only the rest is thinned.
function shownOf(all, of, sigma) {
  const isOff = (row) => isFlagged(row) || Math.abs(of(row)) > limitsOf(sigma);
  const rows = thinBut(all, isOff, (row) => Math.abs(of(row)));
  const isWhole = rows.filter(isOff).length === all.filter(isOff).length;
  const how = isWhole ? "all that are off the law, the rest evenly thinned" : "those farthest off";
  return {rows, note: thinNote(rows, all, how)};
}

function flagged(rows, point) {
  const groups = groupsOf(rows, (row) => row.flag ?? "none");
  groups.sort((a, b) => Object.keys(FLAG_LOOK).indexOf(a[0]) - Object.keys(FLAG_LOOK).indexOf(b[0]));
  const single = groups.length === 1 && rows.every((row) => row.flag === undefined);
  return groups.map(([flag, members]) =>
    scatter(
      single ? "Runs" : flagName(flag),
      members.map(([row, i]) => point(row, i)),
      0,
      FLAG_LOOK[Object.hasOwn(FLAG_LOOK, flag) ? flag : "none"],
    ),
  );
}

// The interval of the law, or of the fit's residuals, in its sigma either way.
const limitsOf = (sigma) => kNormalQuantile95 * (sigma ?? 1);

function zeroAndLimits(sigma, key) {
  const limit = Number(limitsOf(sigma).toPrecision(4));
  const looks = [
    [0, "solid"],
    [limit, "dashed"],
    [-limit, "dashed"],
  ];
  return {
    silent: true,
    symbol: "none",
    label: {show: false},
    data: looks.map(([at, type]) => ({[key]: at, lineStyle: {color: "#555", type, width: 1.2}})),
  };
}

const worst = (rows, of) => rows.reduce((a, b) => (Math.abs(of(b)) > Math.abs(of(a)) ? b : a));

function about(rows, of, sigma) {
  const far = worst(rows, of);
  const byFamily = rows.filter((row) => isFlagged(row) && Math.abs(of(row)) <= limitsOf(sigma)).length;
  return (
    `${far.model} lies farthest off, ${signed(of(far))}. Dashed lines mark the 90% interval.` +
    (byFamily > 0
      ? ` ${byFamily} flagged ${
          byFamily > 1 ? "models lie" : "model lies"
        } between them: such a flag comes from z within the family.`
      : "")
  );
}

const YEAR = 365 * 24 * 3600 * 1000;

function byYear(all, of, name, sigma, columns) {
  const {rows, note} = shownOf(all, of, sigma);
  const series = flagged(rows, (row, i) => [`${row.year_month}-01`, Number(of(row).toFixed(4)), i]);
  series[0].markLine = zeroAndLimits(sigma, "yAxis");
  const years = all.map((row) => Math.floor(yearsOf(row.year_month)));
  return picture("by-year", {
    title: `${name === "z" ? "z" : "Residuals"} by date`,
    description: `${all.length} models by date. ${about(all, of, sigma)}`,
    note,
    option: {
      legend: legend(series.map((s) => s.name)),
      useUTC: true,
      xAxis: axis("Date", {
        type: "time",
        min: `${years.reduce((a, b) => Math.min(a, b))}-01-01`,
        max: `${years.reduce((a, b) => Math.max(a, b)) + 1}-01-01`,
        minInterval: YEAR,
        axisLabel: {formatter: "{yyyy}"},
      }),
      yAxis: axis(name, {vertical: true, ...bounds([...all.map(of), limitsOf(sigma), -limitsOf(sigma)])}),
      series,
    },
    ...table(columns, rows),
  });
}

function byFamily(all, of, name, sigma, columns) {
  const {rows, note} = shownOf(all, of, sigma);
  const families = [...new Set(all.map((row) => row.family))].sort();
  const series = flagged(rows, (row, i) => [Number(of(row).toFixed(4)), families.indexOf(row.family), i]);
  series[0].markLine = zeroAndLimits(sigma, "xAxis");
  return picture("by-family", {
    title: `${name === "z" ? "z" : "Residuals"} by family`,
    description: `${all.length} models of ${families.length} families. ${about(all, of, sigma)}`,
    note,
    height: 110 + 22 * families.length,
    option: {
      legend: legend(series.map((s) => s.name)),
      grid: grid({left: 140}),
      xAxis: axis(name, bounds([...all.map(of), limitsOf(sigma), -limitsOf(sigma)])),
      yAxis: nameAxis(families, {
        axisLabel: {width: 124, overflow: "truncate"},
        splitLine: {show: true, lineStyle: {color: "#eee"}},
      }),
      series,
    },
    ...table(columns, rows),
  });
}

// A table without dates and families has its order alone.
function byOrder(all, of, name, sigma, columns) {
  const {rows, note} = shownOf(all, of, sigma);
  const places = new Map(all.map((row, i) => [row, i + 1]));
  const series = flagged(rows, (row, i) => [places.get(row), Number(of(row).toFixed(4)), i]);
  series[0].markLine = zeroAndLimits(sigma, "yAxis");
  return picture("by-row", {
    title: `${name === "z" ? "z" : "Residuals"} by row of the table`,
    description: `${all.length} models. ${about(all, of, sigma)}`,
    note,
    option: {
      legend: legend(series.map((s) => s.name)),
      xAxis: axis("Row", {min: 0, max: all.length + 1}),
      yAxis: axis(name, {vertical: true, ...bounds([...all.map(of), limitsOf(sigma), -limitsOf(sigma)])}),
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
  const rows = COEFFICIENTS.map((name, i) => ({
    name,
    value: values[i],
    error: errors[i],
    bootstrap: result.bootstrap_90?.[i] ?? [],
  }));
  const fitted = rows.filter((row) => Number.isFinite(row.error) && row.error > 0);
  const text = (v) => (Number.isFinite(v) ? v.toFixed(5) : "held");
  return picture("coefficients", {
    title: "Coefficients of the law, with two standard errors",
    description:
      rows
        .map((row) => `${row.name} ${row.value.toFixed(3)}${row.error > 0 ? ` ± ${row.error.toFixed(3)}` : " (held)"}`)
        .join("; ") + ".",
    height: 330,
    option: {
      legend: legend(["Coefficient", "± 2 standard errors"]),
      grid: grid({left: 110}),
      xAxis: axis(
        "Value",
        bounds([0, ...values, ...fitted.flatMap((row) => [row.value - 2 * row.error, row.value + 2 * row.error])]),
      ),
      yAxis: nameAxis(COEFFICIENTS, {axisLabel: {width: 96}}),
      series: [
        spans(
          "± 2 standard errors",
          rows.flatMap((row, i) =>
            row.error > 0 ? [[[row.value - 2 * row.error, i], [row.value + 2 * row.error, i], i]] : [],
          ),
          "#8fb8d6",
        ),
        scatter(
          "Coefficient",
          values.map((v, i) => [Number(v.toPrecision(6)), i, i]),
          0,
        ),
      ],
    },
    ...table(
      [
        ["Coefficient", (row) => row.name],
        ["Value", (row) => row.value.toFixed(5)],
        ["Standard error", (row) => (row.error > 0 ? text(row.error) : "held")],
        ["Bootstrap 5%", (row) => text(row.bootstrap[0])],
        ["Bootstrap 95%", (row) => text(row.bootstrap[1])],
      ],
      rows,
    ),
  });
}
