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
  thinNote,
  VERMILLION
} from "./chart_parts.js";
import {yearsOf} from "./format.js";
import {fittedAgainst, groupsOf} from "./pictures_predict.js";

export function fitPictures(result) {
  const rows = thin(result.rows ?? []);
  return [
    rows.length > 0 && fittedPicture(result, rows),
    ...residualPictures(
        result.rows ?? [], (row) => row.reported - row.fitted, "Residual (MMLU)", result.residual_sigma,
        [
          "model",
          "family",
          "year_month",
          "reported",
          "fitted",
          "left_out",
        ]),
    coefficients(result),
  ].filter(Boolean);
}

function fittedPicture(result, rows) {
  return fittedAgainst("fitted", {
    title: "Fitted against reported MMLU",
    description: `${result.rows_used} runs, residual sigma ${
        result.residual_sigma.toFixed(
            2)} MMLU. With each run left out the mean absolute error is ${result.leave_one_out.mae.toFixed(2)}.`,
    note: thinNote(rows, result.rows),
    groups: [["Fitted", rows.map((row, i) => [row, i])]],
    x: (row) => row.reported,
    y: (row) => row.fitted,
    xName: "Reported MMLU",
    yName: "Fitted MMLU",
    ...table(
        [
          "model", "family", "year_month", "reported", "fitted", "left_out",
          ["Residual", (row) => (row.reported - row.fitted).toFixed(2)]
        ],
        rows),
  });
}

export function auditPictures(result) {
  const columns = [
    "model", "family", "year_month", "reported", "predicted", "z", "z_in_family", "flag",
    ["Reasons", (row) => (row.reasons ?? []).join("; ")]
  ];
  return residualPictures(result.rows ?? [], (row) => row.z, "z", null, columns).filter(Boolean);
}

const FLAG_NAMES = {
  none: "Within the interval",
  low: "Flagged low",
  high: "Flagged high"
};
// Above and below are told by the direction of the triangle, too.
const FLAG_LOOK = {
  none: {itemStyle: {color: BLUE, opacity: 0.75}, symbol: "circle"},
  low: {itemStyle: {color: VERMILLION}, symbol: "path://M0,0 L10,0 L5,9 Z", symbolSize: 11},
  high: {itemStyle: {color: "#B25A96"}, symbol: "triangle", symbolSize: 12},
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
  return groups.map(
      ([flag, members]) =>
          scatter(single ? "Runs" : FLAG_NAMES[flag], members.map(([row, i]) => point(row, i)), 0, FLAG_LOOK[flag]));
}

// The interval of the law, or of the fit's residuals: 1.645 sigma either way.
const limitsOf = (sigma) => 1.645 * (sigma ?? 1);

function zeroAndLimits(sigma, key) {
  const limit = Number(limitsOf(sigma).toPrecision(4));
  const looks = [[0, "solid"], [limit, "dashed"], [-limit, "dashed"]];
  return {
    silent: true,
    symbol: "none",
    label: {show: false},
    data: looks.map(([at, type]) => ({[key]: at, lineStyle: {color: "#555", type, width: 1.2}})),
  };
}

const worst = (rows, of) => rows.reduce((a, b) => (Math.abs(of(b)) > Math.abs(of(a)) ? b : a));
export const signed = (value) => `${value > 0 ? "+" : ""}${value.toFixed(2)}`;
const about = (rows, of) =>
    `${worst(rows, of).model} lies farthest off, ${signed(of(worst(rows, of)))}. Dashed lines mark the 90% interval.`;

const YEAR = 365 * 24 * 3600 * 1000;

function byYear(rows, of, name, sigma, columns) {
  const series = flagged(rows, (row, i) => [`${row.year_month}-01`, Number(of(row).toFixed(4)), i]);
  series[0].markLine = zeroAndLimits(sigma, "yAxis");
  const years = rows.map((row) => Math.floor(yearsOf(row.year_month)));
  return picture("by-year", {
    title: `${name === "z" ? "z" : "Residuals"} by date`,
    description: `${rows.length} models by date. ${about(rows, of)}`,
    option: {
      legend: legend(series.map((s) => s.name)),
      useUTC: true,
      xAxis: axis("Date", {
        type: "time",
        min: `${Math.min(...years)}-01-01`,
        max: `${Math.max(...years) + 1}-01-01`,
        minInterval: YEAR,
        axisLabel: {formatter: "{yyyy}"}
      }),
      yAxis: axis(name, {vertical: true, ...bounds([...rows.map(of), limitsOf(sigma), -limitsOf(sigma)])}),
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
      grid: grid({left: 140}),
      xAxis: axis(name, bounds([...rows.map(of), limitsOf(sigma), -limitsOf(sigma)])),
      yAxis: nameAxis(
          families,
          {axisLabel: {width: 124, overflow: "truncate"}, splitLine: {show: true, lineStyle: {color: "#eee"}}}),
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
      xAxis: axis("Row", {min: 0, max: rows.length + 1}),
      yAxis: axis(name, {vertical: true, ...bounds([...rows.map(of), limitsOf(sigma), -limitsOf(sigma)])}),
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
  const rows = COEFFICIENTS.map(
      (name, i) => ({name, value: values[i], error: errors[i], bootstrap: result.bootstrap_90?.[i] ?? []}));
  const fitted = rows.filter((row) => Number.isFinite(row.error) && row.error > 0);
  const text = (v) => (Number.isFinite(v) ? v.toFixed(5) : "held");
  return picture("coefficients", {
    title: "Coefficients of the law, with two standard errors",
    description:
        rows.map(
                (row) =>
                    `${row.name} ${row.value.toFixed(3)}${row.error > 0 ? ` ± ${row.error.toFixed(3)}` : " (held)"}`)
            .join("; ") +
        ".",
    height: 330,
    option: {
      legend: legend(["Coefficient", "± 2 standard errors"]),
      grid: grid({left: 110}),
      xAxis: axis(
          "Value",
          bounds([0, ...values, ...fitted.flatMap((row) => [row.value - 2 * row.error, row.value + 2 * row.error])])),
      yAxis: nameAxis(COEFFICIENTS, {axisLabel: {width: 96}}),
      series: [
        spans(
            "± 2 standard errors",
            rows.flatMap(
                (row, i) =>
                    (row.error > 0 ? [[[row.value - 2 * row.error, i], [row.value + 2 * row.error, i], i]] : [])),
            "#8fb8d6"),
        scatter("Coefficient", values.map((v, i) => [Number(v.toPrecision(6)), i, i]), 0),
      ],
    },
    ...table(
        [
          ["Coefficient", (row) => row.name], ["Value", (row) => row.value.toFixed(5)],
          ["Standard error", (row) => (row.error > 0 ? text(row.error) : "held")],
          ["Bootstrap 5%", (row) => text(row.bootstrap[0])], ["Bootstrap 95%", (row) => text(row.bootstrap[1])]
        ],
        rows),
  });
}
