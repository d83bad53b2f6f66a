// Pictures of predictions: against what was reported, and with the intervals of the law.

import {
  axis,
  grid,
  legend,
  nameAxis,
  picture,
  ruler,
  scatter,
  scoreBounds,
  spans,
  table,
  thin,
  thinNote,
} from "./chart_parts.js";
import {intervalText, show} from "../parts/format.js";

export function predictPictures(result) {
  const rows = result.rows ?? [result];
  return [againstReported(rows), predictedScores(rows)].filter(Boolean);
}

const reportedOf = (row) => {
  const value = row.mmlu_reported;
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return Number.isFinite(number) ? (number > 0 && number <= 1 ? 100 * number : number) : null;
};

const PREDICTED = [
  "model",
  ["MMLU", (row) => show("mmlu", row.mmlu)],
  ["90% interval", (row) => intervalText(row.interval_90)],
  "total_params",
  "active_params",
  "tokens",
];

function againstReported(models) {
  const all = models.filter((row) => reportedOf(row) !== null);
  if (all.length === 0) return null;
  const rows = thin(all);
  const errors = all.map((row) => row.mmlu - reportedOf(row));
  const inside = all.filter(
    (row) => reportedOf(row) >= row.interval_90[0] && reportedOf(row) <= row.interval_90[1],
  ).length;
  const mean = errors.reduce((sum, e) => sum + Math.abs(e), 0) / all.length;
  return fittedAgainst("reported", {
    title: "Predicted against reported MMLU",
    description: `${all.length} models. Mean absolute error ${mean.toFixed(2)} MMLU; ${inside} of ${
      all.length
    } reported scores lie within the law's 90% interval.`,
    note: thinNote(rows, all),
    groups: groupsOf(rows, (row) => (row.form === "moe" ? "Mixture of experts" : "Dense")),
    x: reportedOf,
    y: (row) => row.mmlu,
    xName: "Reported MMLU",
    yName: "Predicted MMLU",
    ...table(
      [
        ...PREDICTED,
        ["Reported", (row) => reportedOf(row).toFixed(1)],
        ["Error", (row) => (row.mmlu - reportedOf(row)).toFixed(2)],
      ],
      rows,
    ),
  });
}

/** [name, [[row, index]]] by what a row says of itself. */
export function groupsOf(rows, of) {
  const groups = new Map();
  rows.forEach((row, i) => groups.set(of(row), [...(groups.get(of(row)) ?? []), [row, i]]));
  return [...groups];
}

// Two scores of each model, with the line where they are equal.
export function fittedAgainst(
  id,
  {title, description, groups, x, y, xName, yName, rows, note = "", columns, rows: cells},
) {
  const values = groups.flatMap(([, members]) => members.flatMap(([row]) => [x(row), y(row)]));
  const ends = scoreBounds(values);
  const series = groups.map(([name, members], i) =>
    scatter(
      name,
      members.map(([row, at]) => [x(row), y(row), at]),
      i,
    ),
  );
  series[0] = {
    ...series[0],
    markLine: ruler(
      [
        {coord: [ends.min, ends.min], symbol: "none"},
        {coord: [ends.max, ends.max], symbol: "none"},
      ],
      "equal",
    ),
  };
  return picture(id, {
    title,
    description,
    note,
    height: 500,
    option: {
      legend: legend(
        groups.map(([name]) => name),
        groups.length > 6 ? {type: "scroll", left: 16, right: 16} : {},
      ),
      xAxis: axis(xName, ends),
      yAxis: axis(yName, {vertical: true, ...ends}),
      series,
    },
    columns,
    rows: cells,
  });
}

const MOST_NAMES = 60;

function predictedScores(all) {
  const rows = thin(all, MOST_NAMES);
  const names = rows.map((row, i) => row.model || `${row.layers} layers, hidden ${row.hidden}` || String(i + 1));
  const reported = rows.map(reportedOf);
  const series = [
    spans(
      "90% interval",
      rows.map((row, i) => [[row.interval_90[0], i], [row.interval_90[1], i], i]),
      "#8fb8d6",
    ),
    scatter(
      "Predicted",
      rows.map((row, i) => [row.mmlu, i, i]),
      0,
    ),
  ];
  if (reported.some((r) => r !== null)) {
    series.push(
      scatter(
        "Reported",
        reported.map((r, i) => [r, i, i]).filter(([r]) => r !== null),
        1,
        {symbolSize: 8},
      ),
    );
  }
  return picture("scores", {
    title: rows.length > 1 ? "Scores with the law's 90% interval" : "The score with the law's 90% interval",
    description:
      rows.length === 1
        ? `${show("mmlu", rows[0].mmlu)} MMLU, 90% interval ${intervalText(rows[0].interval_90)}.`
        : `${all.length} models from ${show(
            "mmlu",
            all.reduce((low, r) => Math.min(low, r.mmlu), 100),
          )} to ${show(
            "mmlu",
            all.reduce((high, r) => Math.max(high, r.mmlu), 0),
          )} MMLU. Models whose intervals overlap are not told apart by the law.`,
    note: thinNote(rows, all),
    height: 120 + Math.max(20, 20 * rows.length),
    option: {
      legend: legend(series.map((s) => s.name)),
      grid: grid({left: 170}),
      xAxis: axis(
        "MMLU",
        scoreBounds([...rows.flatMap((row) => row.interval_90), ...reported.filter((r) => r !== null)]),
      ),
      yAxis: nameAxis(names, {axisLabel: {width: 150, overflow: "truncate"}}),
      series,
    },
    ...table(
      [
        ["Model", (_, i) => names[i]],
        ...PREDICTED.slice(1),
        ["Domain", (row) => (row.domain?.inside ? "inside" : (row.domain?.warnings?.join("; ") ?? "–"))],
      ],
      rows,
    ),
  });
}
