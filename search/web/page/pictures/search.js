// Pictures of a search: the front, the scores of the top designs, and the designs in parallel coordinates.

import {
  axis,
  BLUE,
  bounds,
  GREEN,
  grid,
  legend,
  line,
  MOST_ROWS,
  nameAxis,
  picture,
  scatter,
  scoreBounds,
  spans,
  table,
  thin,
  thinNote,
  VERMILLION,
  wrapped,
} from "./chart_parts.js";
import {differenceText, expertsText, label, objectiveOf, scaled, scaleOf, show, words} from "../parts/format.js";
import {breakdownPictures, COSTS, designColumns, intervalOf, scoreSeries} from "./designs.js";
import {bindingPicture, nearBest, rejected, sensitivity} from "./limits.js";

export function searchPictures(result) {
  const best = result.best ?? [];
  return [
    ...frontPictures(result),
    ...(best.length > 0 ? [scores(result), parallel(result)] : []),
    ...breakdownPictures(result.breakdown),
    rejected(result),
    bindingPicture(result),
    nearBest(result),
    sensitivity(result),
  ].filter(Boolean);
}

function frontPictures(result) {
  const front = result.front ?? [];
  if (front.length === 0) return [];
  const metrics = frontMetrics(result);
  const pairs = metrics.flatMap((y, i) => metrics.slice(i + 1).map((x) => [x, y]));
  return pairs.map(([x, y]) => frontPair(result, x, y, pairs.length > 1));
}

function frontMetrics(result) {
  const named = (result.pareto ?? []).map((m) => (typeof m === "string" ? m : Object.values(m)[0]));
  return named.length > 1 ? [...named].sort((a, b) => (b === "mmlu") - (a === "mmlu")) : ["mmlu", "active_params"];
}

function frontPair(result, x, y, many) {
  const front = thin(result.front, many ? 200 : MOST_ROWS);
  const best = result.best?.[0];
  // The best of the study need not be one of the listed front, where that has a resolution.
  const rows = best && !front.some((row) => row.index === best.index) ? [...front, best] : front;
  const all = best ? [...result.front, best] : result.front;
  const xs = scaleOf(
    x,
    all.map((row) => row[x]),
  );
  const ys = scaleOf(
    y,
    all.map((row) => row[y]),
  );
  const places = new Map(result.front.map((row, i) => [row, i + 1]));
  const point = (row, i) => [scaled(row[x], xs), scaled(row[y], ys), i];
  const order = front.map(point).sort((a, b) => a[0] - b[0]);
  const series = [
    line("Front", order, 0, {
      showSymbol: true,
      symbolSize: 8,
      lineStyle: {color: BLUE, width: 1, type: many ? "solid" : "dashed", opacity: many ? 0 : 0.6},
    }),
  ];
  if (best) series.push(...bestMark(best, rows, point, y));
  const shown = y === "mmlu" && best ? [best.mmlu_low90, best.mmlu_high90] : [];
  return picture(many ? `front-${y}-${x}` : "front", {
    title: `The front: ${label(y)} against ${words(x)}`,
    description:
      `${result.front.length} designs that no other design beats in ${
        many ? "all metrics of the front" : `both ${label(y)} and ${words(x)}`
      }. ` +
      `${label(y)} runs from ${extent(result.front, y)}, ${words(x)} from ${extent(result.front, x)}.` +
      resolutionNote(result) +
      (y === "mmlu" && best
        ? ` The bar through the best is the law's 90% interval, ${intervalOf(
            best,
          )}: designs closer than it are not told apart.`
        : ""),
    note: thinNote(front, result.front),
    option: {
      legend: legend(series.map((s) => s.name)),
      xAxis: axis(xs.name, bounds(all.map((row) => scaled(row[x], xs)))),
      yAxis: axis(ys.name, {
        vertical: true,
        ...bounds([...all.map((row) => scaled(row[y], ys)), ...shown], y === "mmlu" ? {most: 100} : {}),
      }),
      series,
    },
    ...table([["No.", (row) => places.get(row) ?? "best"], ...designColumns(rows, [x, y])], rows),
    picks: rows.map((row) => row.index),
  });
}

function resolutionNote({resolution}) {
  const near = resolutionTexts(resolution);
  return near.length > 0 ? ` Designs closer than ${near.join(" and ")} to a listed one are left out.` : "";
}

/** Of each metric of a front's resolution: "0.05 MMLU". */
export function resolutionTexts(resolution) {
  return Object.entries(resolution ?? {})
    .filter(([, value]) => value > 0)
    .map(([key, v]) => differenceText(key, v));
}

function bestMark(best, rows, point, y) {
  const at = rows.findIndex((row) => row.index === best.index);
  const [px, py] = point(best, at);
  const mark = scatter("Best", [[px, py, at]], 1, {symbolSize: 15, z: 5});
  if (y !== "mmlu" || !Number.isFinite(best.mmlu_low90)) return [mark];
  const interval = spans(
    "90% interval",
    [
      [
        [px, best.mmlu_low90],
        [px, best.mmlu_high90],
      ],
    ],
    VERMILLION,
    {silent: true},
  );
  return [interval, mark];
}

function extent(rows, key) {
  const values = rows.map((row) => row[key]).filter(Number.isFinite);
  if (values.length === 0) return "–";
  const [low, high] = [Math.min, Math.max].map((of) => values.reduce((a, b) => of(a, b)));
  return `${show(key, low)} to ${show(key, high)}`;
}

// The top designs with intervals that mostly overlap: what the order of the list is worth.
function scores(result) {
  const best = result.best.slice(0, 20);
  const rows = best.map((row, i) => ({...row, name: String(i + 1)}));
  const beside = [
    ["best dense", result.best_dense],
    ["best MoE", result.best_moe],
  ];
  for (const [name, row] of beside) if (row && !best.some((b) => b.index === row.index)) rows.push({...row, name});
  const names = rows.map((row) => row.name);
  return picture("scores", {
    title: "Scores of the top designs, with the law's 90% interval",
    description: `The best is predicted at ${best[0].mmlu.toFixed(2)} MMLU, 90% interval ${intervalOf(
      best[0],
    )}. Where intervals overlap the law does not tell designs apart.`,
    height: 130 + 22 * rows.length,
    option: {
      legend: legend(["MMLU", "90% interval"]),
      grid: grid({left: 90}),
      xAxis: axis("MMLU", scoreBounds(rows.flatMap((row) => [row.mmlu_low90, row.mmlu_high90]))),
      yAxis: nameAxis(names),
      series: scoreSeries(rows),
    },
    ...table([["Rank", (row) => row.name], ...designColumns(rows)], rows),
    picks: rows.map((row) => row.index),
    open: true,
  });
}

const PARALLEL = ["layers", "hidden", "ffn", "tokens", "total_params", "active_params", ...COSTS];

function parallel(result) {
  const seen = new Set();
  const every = [...result.best, ...(result.front ?? [])].filter((row) => !seen.has(row.index) && seen.add(row.index));
  const listed = thin(result.best, 100);
  const rows = [...listed, ...thin(every.slice(result.best.length), 200)];
  const ranks = new Map(result.best.map((row, i) => [row, i + 1]));
  const varies = (key) =>
    new Set(rows.map((row) => row[key])).size > 1 && rows.every((row) => Number.isFinite(row[key]));
  const shape = PARALLEL.filter(varies);
  const keys = [...new Set([...shape.slice(0, 8), objectiveOf(result).metric, "mmlu"])].filter(varies);
  const experts = [...new Set(rows.map(expertsText))];
  const byExperts = experts.length > 1;
  if (keys.length + byExperts < 2) return null;
  const scales = keys.map((key) =>
    scaleOf(
      key,
      rows.map((row) => row[key]),
    ),
  );
  const axes = keys.map((key, dim) => parallelAxis(dim, key, scales[dim], rows));
  if (byExperts) axes.push({dim: keys.length, name: "Experts", type: "category", data: experts, ...AXIS_LOOK});
  const values = (row) => [
    ...keys.map((key, i) => scaled(row[key], scales[i])),
    ...(byExperts ? [expertsText(row)] : []),
  ];
  const group = (name, keep, look) => ({
    type: "parallel",
    name,
    smooth: false,
    lineStyle: look,
    data: rows.map((row, i) => ({value: values(row), row: i})).filter((item) => keep(rows[item.row], item.row)),
  });
  const series = [
    group("Dense", (row, i) => i > 0 && !(row.experts > 1), {color: BLUE, width: 1.5, opacity: 0.6}),
    group("Mixture of experts", (row, i) => i > 0 && row.experts > 1, {
      color: GREEN,
      width: 1.5,
      opacity: 0.6,
      type: "dashed",
    }),
    group("Best", (_, i) => i === 0, {color: VERMILLION, width: 4, opacity: 1}),
  ].filter((s) => s.data.length > 0);
  return picture("designs", {
    title: "The top designs, a line each",
    description: `${every.length} designs across ${
      axes.length
    } quantities that differ among them. The thick line is the best. Drag along an axis to keep the designs within that range; the table follows.`,
    note: thinNote(rows, every),
    height: 440,
    option: {
      legend: legend(series.map((s) => s.name)),
      parallel: {left: 56, right: 70, top: 100, bottom: 40, axisExpandable: false, parallelAxisDefault: {}},
      parallelAxis: axes,
      series,
    },
    ...table([["Rank", (row) => ranks.get(row) ?? "front"], ...designColumns(rows)], rows),
    picks: rows.map((row) => row.index),
  });
}

const AXIS_LOOK = {
  nameLocation: "end",
  nameGap: 14,
  nameTextStyle: {color: "#222", lineHeight: 13, fontSize: 11},
  axisLabel: {color: "#222", fontSize: 11},
  areaSelectStyle: {width: 18, color: BLUE, opacity: 0.3, borderColor: BLUE},
};

function parallelAxis(dim, key, scale, rows) {
  return {dim, name: wrapped(scale.name, 10), ...bounds(rows.map((row) => scaled(row[key], scale))), ...AXIS_LOOK};
}
