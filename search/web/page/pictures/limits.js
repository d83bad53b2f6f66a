// Pictures of what limits a search: what was ruled out, what binds, what more room brings.

import {axis, BLUE, bounds, grid, nameAxis, picture, scatter, scoreBounds, table} from "./chart_parts.js";
import {expertsText, human, objectiveOf, ruleLabel, scaled, scaleOf, show, words} from "../parts/format.js";

function bars(id, {title, description, axisName, names, values, texts, columns, rows, color = BLUE, more = {}}) {
  return picture(id, {
    title,
    description,
    height: 110 + 34 * names.length,
    option: {
      grid: grid({left: 196, top: 16, right: 70}),
      xAxis: axis(axisName, bounds(values, {zero: true})),
      yAxis: nameAxis(names),
      series: [
        {
          type: "bar",
          name: axisName,
          barMaxWidth: 22,
          itemStyle: {color},
          data: values.map((value, row) => ({
            value,
            row,
            label: {show: true, position: "right", color: "#222", formatter: texts[row]},
          })),
          ...more,
        },
      ],
    },
    columns,
    rows,
  });
}

export function rejected(result) {
  const rows = Object.entries(result.rejected ?? {})
    .filter(([, points]) => points > 0)
    .sort((a, b) => b[1] - a[1])
    .map(([rule, points]) => ({rule, points}));
  if (rows.length === 0) return null;
  const scale = scaleOf(
    "points",
    rows.map((row) => row.points),
  );
  return bars("rejected", {
    title: "Designs ruled out, by the first rule that they break",
    description: `Of ${human(result.space_points)} points of the space. "${ruleLabel(
      rows[0].rule,
    )}" rules out the most, ${human(rows[0].points)}.`,
    axisName: `Points${scale.unit ? ` (${scale.unit})` : ""}`,
    names: rows.map((row) => ruleLabel(row.rule)),
    values: rows.map((row) => scaled(row.points, scale)),
    texts: rows.map((row) => human(row.points)),
    ...table(
      [
        ["Rule", (row) => row.rule],
        ["Points", (row) => human(row.points)],
        ["What it asks", (row) => result.rules?.[row.rule] ?? "–"],
      ],
      rows,
    ),
  });
}

export function bindingPicture(result) {
  const without = Object.entries(result.best_without ?? {}).filter(([, value]) => Number.isFinite(value));
  const {metric, minimized} = objectiveOf(result);
  const best = result.best?.[0]?.[metric];
  if (without.length === 0 || !Number.isFinite(best)) return null;
  const rows = [{rule: "as asked", value: best}, ...without.map(([rule, value]) => ({rule, value}))];
  const scale = scaleOf(
    metric,
    rows.map((row) => row.value),
  );
  const values = rows.map((row) => scaled(row.value, scale));
  const names = rows.map((row, i) => (i === 0 ? "As asked" : `Without ${ruleLabel(row.rule).replace(/^The/, "the")}`));
  const axisName = `Best ${words(metric)}${scale.unit ? ` (${scale.unit})` : ""}`;
  return picture("binding", {
    title: "What each binding limit costs",
    description: `The best has ${words(metric)} ${show(metric, best)} as asked. Without one limit: ${without
      .map(([rule, v]) => `${ruleLabel(rule)} ${show(metric, v)}`)
      .join("; ")}.`,
    height: 110 + 34 * rows.length,
    option: {
      grid: grid({left: 220, top: 16, right: 70}),
      xAxis: axis(axisName, metric === "mmlu" ? scoreBounds(values) : bounds(values)),
      yAxis: nameAxis(names, {axisLabel: {width: 200}}),
      series: [
        {
          ...scatter("Best", [], 0, {symbolSize: 12}),
          data: values.map((value, row) => ({
            value: [value, row],
            row,
            label: {show: true, position: "right", color: "#222", formatter: show(metric, rows[row].value)},
          })),
        },
      ],
    },
    ...table(
      [
        ["Limit left out", (row) => row.rule],
        [`Best ${words(metric)}`, (row) => show(metric, row.value)],
        [minimized ? "Saved" : "Gain", (row) => gained(metric, minimized ? best - row.value : row.value - best)],
      ],
      rows,
    ),
  });
}

// Gains in score may be smaller than a score's digits.
const gained = (metric, by) => (metric === "mmlu" ? by.toFixed(3) : show(metric, by));

export function nearBest(result) {
  const rows = (result.near_best ?? []).map((near) => ({...near}));
  if (rows.length === 0) return null;
  const shape = (row) => (row ? `${row.layers} × ${row.hidden}, FFN ${row.ffn}, ${expertsText(row)}` : "–");
  const text = (row) =>
    row.at_least === row.at_most ? human(row.at_most) : `${human(row.at_least)} to ${human(row.at_most)}`;
  const scale = scaleOf(
    "points",
    rows.map((row) => row.at_most),
  );
  return bars("near-best", {
    title: "Designs nearly as good as the best",
    description: rows.map((row) => `${text(row)} designs lie within ${row.within} MMLU of the best`).join("; ") + ".",
    axisName: `Designs${scale.unit ? ` (${scale.unit})` : ""}`,
    names: rows.map((row) => `within ${row.within} MMLU`),
    values: rows.map((row) => scaled(row.at_most, scale)),
    texts: rows.map(text),
    ...table(
      [
        ["Within (MMLU)", (row) => row.within],
        ["Designs", text],
        ["Cheapest", (row) => shape(row.cheapest)],
        ["Shallowest", (row) => shape(row.shallowest)],
        ["Smallest KV cache", (row) => shape(row.smallest_kv)],
      ],
      rows,
    ),
  });
}

export function sensitivity(result) {
  const rows = Object.entries(result.sensitivity ?? {})
    .filter(([, s]) => s)
    .map(([limit, s]) => ({limit, ...s}));
  if (rows.length === 0) return null;
  return bars("sensitivity", {
    title: "What one percent more room under each limit brings",
    description:
      "MMLU gained where one limit alone is moved by 1%. 0 says that the limit does not bind, or that 1% admits no better design.",
    axisName: "MMLU per percent",
    names: rows.map((row) => ruleLabel(row.limit)),
    values: rows.map((row) => row.mmlu_per_percent ?? 0),
    texts: rows.map((row) => (row.mmlu_per_percent ?? 0).toFixed(3)),
    ...table(
      [
        ["Limit", (row) => row.limit],
        ["MMLU per percent", (row) => row.mmlu_per_percent ?? "–"],
        [
          "Change for one more MMLU",
          (row) =>
            Number.isFinite(row.change_for_plus_one)
              ? `${(100 * row.change_for_plus_one).toFixed(1)}%`
              : "none is enough",
        ],
      ],
      rows,
    ),
  });
}
