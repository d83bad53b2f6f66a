// What the pictures are made of: axes, series and tables as plain data, an ECharts option without functions.

import {label, show} from "../parts/format.js";

// Okabe and Ito's colours, which colour-blind people tell apart; shapes and dashes say the same once more.
export const BLUE = "#0072B2";
export const VERMILLION = "#D55E00";
export const GREEN = "#009E73";
export const PURPLE = "#CC79A7";
export const ORANGE = "#E69F00";
export const SKY = "#56B4E9";
const GREY = "#767676";
const PALETTE = [BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, "#F0E442", "#000000"];
const SYMBOLS = ["circle", "diamond", "triangle", "rect", "pin", "roundRect", "arrow", "emptyCircle"];
const DASHES = ["solid", "dashed", "dotted", [12, 4, 2, 4], [2, 2], [16, 6], [6, 2, 2, 2, 2, 2], [1, 6]];

const INK = "#222";
const WIDTH = 720;

/** At most so many points and table rows stand in a picture: more are thinned evenly, and the caption says so. */
export const MOST_ROWS = 500;

/**
 * @param {string} id unique in a view; also the SVG's file name
 * @param {{title: string, description: string, option: object, columns: string[], rows: string[][], height?: number, note?: string, open?: boolean, picks?: number[]}} parts
 *   `open`: the table is not folded away; `picks`: the index in its space of the design that each row of the table shows
 */
export function picture(id, {title, description, option, columns, rows, height = 420, note = "", open = false, picks}) {
  return {
    id: id.replace(/[^\w-]/g, "-"),
    title,
    description,
    note,
    open,
    width: WIDTH,
    height,
    option: {...base(), ...option},
    columns,
    rows,
    ...(picks ? {picks} : {}),
  };
}

function base() {
  return {
    animation: false,
    backgroundColor: "#fff",
    color: PALETTE,
    textStyle: {fontFamily: "system-ui, sans-serif", color: INK},
    grid: grid(),
    tooltip: {trigger: "item", renderMode: "richText", confine: true},
  };
}

export function grid(more = {}) {
  return {left: 64, right: 28, top: 44, bottom: 56, containLabel: false, ...more};
}

/** Each name may be a string or {name, icon}. */
export function legend(names, more = {}) {
  return {data: names, top: 6, left: "center", itemGap: 22, textStyle: {color: INK}, ...more};
}

export function axis(name, more = {}) {
  const vertical = more.vertical ?? false;
  const {vertical: _, axisLabel, ...rest} = more;
  return {
    type: "value",
    name,
    nameLocation: "middle",
    nameGap: vertical ? 46 : 32,
    nameTextStyle: {color: INK, fontWeight: "bold"},
    axisLabel: {color: INK, hideOverlap: true, ...axisLabel},
    axisLine: {show: true, lineStyle: {color: "#555"}},
    splitLine: {lineStyle: {color: "#e4e4e4"}},
    ...rest,
  };
}

/** Names down the left side, the first on top. */
export function nameAxis(names, more = {}) {
  const {axisLabel, ...rest} = more;
  return {
    type: "category",
    data: names,
    inverse: true,
    axisLabel: {color: INK, interval: 0, width: 170, overflow: "break", lineHeight: 14, ...axisLabel},
    axisLine: {lineStyle: {color: "#555"}},
    axisTick: {show: false},
    ...rest,
  };
}

/** Round numbers around the values, for axes that need not begin at 0; never past `most`, unless values are. */
export function bounds(values, {zero = false, most = Infinity} = {}) {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return {};
  let low = finite.reduce((a, b) => Math.min(a, b));
  let high = finite.reduce((a, b) => Math.max(a, b));
  if (zero) [low, high] = [Math.min(0, low), Math.max(0, high)];
  if (low === high) {
    const room = Math.abs(low) > 0 ? Math.abs(low) * 0.1 : 1;
    [low, high] = [low - room, high + room];
  }
  const step = roundStep((high - low) / 5);
  const pad = zero ? 0 : (high - low) * 0.03;
  const min = Math.floor((low - pad) / step + 1e-9) * step;
  const max = Math.ceil((high + pad) / step - 1e-9) * step;
  // What is never negative has no negative axis.
  return {
    min: tidy(low >= 0 ? Math.max(0, min) : min),
    max: tidy(high <= most ? Math.min(max, most) : max),
    interval: tidy(step),
  };
}

/** Of scores in percent. */
export const scoreBounds = (values) => bounds(values, {most: 100});

function roundStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].find((m) => m * power >= rough * 0.999) * power;
}

const tidy = (number) => Number(number.toPrecision(10));

/** Whole decades around positive values, or 1-2-5 ends where they span less. */
export function logBounds(values) {
  const positive = values.filter((v) => v > 0 && Number.isFinite(v));
  if (positive.length === 0) return {type: "log"};
  const low = positive.reduce((a, b) => Math.min(a, b));
  const high = positive.reduce((a, b) => Math.max(a, b));
  return {type: "log", min: roundDown(low), max: roundUp(high)};
}

const STEPS = [1, 2, 5, 10];

function roundDown(value) {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-12);
  return tidy(STEPS.filter((m) => m * power <= value * 1.0001).at(-1) * power);
}

function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-12);
  return tidy(STEPS.find((m) => m * power >= value * 0.9999) * power);
}

/** `points`: [x, y, row] each; `row` is the row of the table that a point stands for. */
export function scatter(name, points, i, more = {}) {
  return {
    type: "scatter",
    name,
    symbol: SYMBOLS[i],
    symbolSize: 9,
    itemStyle: {color: PALETTE[i], opacity: 0.85},
    data: points.map(([x, y, row]) => ({value: [x, y], row})),
    ...more,
  };
}

export function line(name, points, i, more = {}) {
  return {
    type: "line",
    name,
    showSymbol: false,
    symbol: SYMBOLS[i],
    symbolSize: 6,
    lineStyle: {color: PALETTE[i], width: 2.5, type: DASHES[i]},
    itemStyle: {color: PALETTE[i]},
    data: points.map(([x, y, row]) => ({value: [x, y], row})),
    ...more,
  };
}

/** Segments from one point to another: intervals. `spans`: [[x0, y0], [x1, y1], row] each. */
export function spans(name, list, color, more = {}) {
  return {
    type: "lines",
    coordinateSystem: "cartesian2d",
    name,
    symbol: ["none", "none"],
    lineStyle: {color, width: 2.5, opacity: 1, curveness: 0},
    data: list.map(([from, to, row]) => ({coords: [from, to], row})),
    ...more,
  };
}

/** The area between two curves over x. `points`: [x, low, high] each. */
export function band(name, points, color) {
  const shared = {
    type: "line",
    symbol: "none",
    silent: true,
    stack: name,
    stackStrategy: "all",
    lineStyle: {opacity: 0},
  };
  return [
    {...shared, name: `${name}: low`, data: points.map(([x, low]) => [x, low]), tooltip: {show: false}},
    {
      ...shared,
      name,
      data: points.map(([x, low, high]) => [x, Number((high - low).toPrecision(6))]),
      areaStyle: {color, opacity: 0.18},
      itemStyle: {color, opacity: 0.3},
      tooltip: {show: false},
    },
  ];
}

/** A straight dashed line with a word on it: {xAxis: v} or {yAxis: v} or two coordinates. */
export function ruler(at, text, color = GREY) {
  return {
    silent: true,
    symbol: "none",
    lineStyle: {color, type: "dashed", width: 1.5},
    // Beside an upright line there is no room.
    label: {show: text !== "", formatter: text, color: INK, position: "xAxis" in at ? "end" : "insideEndTop"},
    data: [at],
  };
}

/** The columns' labels and the rows' cells as they are shown. A column is a key, or [label, row -> text]. */
export function table(columns, rows) {
  return {
    columns: columns.map((c) => (Array.isArray(c) ? c[0] : label(c))),
    rows: rows.map((row, i) => columns.map((c) => (Array.isArray(c) ? String(c[1](row, i) ?? "–") : show(c, row[c])))),
  };
}

/** Broken into lines between words, for axis names side by side. */
export function wrapped(text, width) {
  const lines = [""];
  for (const word of text.split(" ")) {
    if (lines.at(-1) !== "" && lines.at(-1).length + word.length >= width) lines.push("");
    lines[lines.length - 1] += (lines.at(-1) === "" ? "" : " ") + word;
  }
  return lines.join("\n");
}

/** At most `most` of the rows, evenly, the first and the last among them. */
export function thin(rows, most = MOST_ROWS) {
  if (rows.length <= most) return rows;
  return Array.from({length: most}, (_, i) => rows[Math.round((i * (rows.length - 1)) / (most - 1))]);
}

const MOST_KEPT = 1000;

/**
 * Like `thin`, but what `isKept` stays, and the rest makes room for it. Past 1,000 kept rows those that are largest by `size` stay.
 */
export function thinBut(rows, isKept, size) {
  if (rows.length <= MOST_ROWS) return rows;
  const kept = rows.filter(isKept);
  if (kept.length > MOST_KEPT) kept.sort((a, b) => size(b) - size(a)).length = MOST_KEPT;
  const rest = thin(
    rows.filter((row) => !isKept(row)),
    Math.max(MOST_ROWS / 5, MOST_ROWS - kept.length),
  );
  const shown = new Set([...kept, ...rest]);
  return rows.filter((row) => shown.has(row));
}

export function thinNote(shown, all, how = "evenly thinned") {
  return shown.length < all.length ? `${shown.length} of ${all.length} rows are shown, ${how}.` : "";
}
