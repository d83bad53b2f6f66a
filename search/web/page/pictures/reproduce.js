// The figures that `perflaw reproduce` drew, with the tables that they were drawn from: texts of files by name in
// `result.files`.

import {thin, thinNote} from "./chart_parts.js";
import {show} from "../parts/format.js";
import {safeSvg} from "../report/safe_svg.js";

// [figure, its table, title, description]
const FIGURES = [
  [
    "figure-1.svg",
    "table-1.csv",
    "Reported against predicted MMLU (the paper's Table 1)",
    "Each point is a model of the paper's Table 1.",
  ],
  [
    "figure-2.svg",
    "figure-2.csv",
    "MMLU over training tokens",
    "The law's score over tokens for three values of gamma.",
  ],
  ["figure-3.svg", "figure-3.csv", "MMLU over layers", "The law's score over layers for three values of gamma."],
  [
    "laws.svg",
    "laws.csv",
    "Both laws on published models",
    "Reported against predicted MMLU; the 2026 law never saw a model's family.",
  ],
  [
    "inversion-calibration.svg",
    "inversion-calibration.csv",
    "Inferred against true parameters",
    "Published models taken for closed ones, from MMLU alone.",
  ],
  [
    "closed-models.svg",
    "closed-models.csv",
    "Closed models, beside the published guesses",
    "Inferred total parameters with their 90% intervals.",
  ],
];

export function reproducePictures(result) {
  const files = result.files ?? {};
  return FIGURES.filter(([svg]) => files[svg]).map(([svg, csv, title, description]) => {
    const [columns, ...rows] = files[csv] ? parseCsv(files[csv]) : [["Figure"], [svg]];
    const shown = thin(rows, 200);
    const drawn = safeSvg(files[svg], svg.replace(".svg", ""));
    const note = thinNote(shown, rows);
    return {id: svg.replace(".svg", ""), title, description, note, ...drawn, option: null, columns, rows: shown};
  });
}

/** Names of the figures that did not stand beside the result when it was read. */
export function missingFigures(result) {
  return FIGURES.map(([svg]) => svg).filter((svg) => !result.files?.[svg]);
}

/** [title, columns, rows] each: the checks, then the tables that no figure shows. */
export function reproduceTables(result) {
  const shown = new Set(FIGURES.map(([, csv]) => csv));
  const verdict = ({ok}) => (ok ? "ok" : "FAILED");
  const checks = result.checks.map((c) => [c.what, cell(c.expected), cell(c.got), verdict(c)]);
  const more = Object.keys(result.files ?? {})
    .filter((name) => name.endsWith(".csv") && !shown.has(name))
    .sort();
  return [
    ["Checks", ["Check", "Expected", "Got", "Verdict"], checks],
    ...more.map((name) => {
      const [columns, ...rows] = parseCsv(result.files[name]);
      return [name.replace(".csv", "").replaceAll("-", " "), columns, thin(rows, 200)];
    }),
  ];
}

const cell = (value) => (typeof value === "number" ? String(Number(value.toPrecision(10))) : show("", value));

// RFC 4180: rows of fields.
function parseCsv(text) {
  const rows = [[""]];
  let quoted = false;
  for (let i = 0; i < text.length; ++i) {
    const c = text[i];
    const row = rows.at(-1);
    if (quoted) {
      if (c !== '"') row[row.length - 1] += c;
      else if (text[i + 1] === '"') row[row.length - 1] += text[++i];
      else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === ",") row.push("");
    else if (c === "\n") rows.push([""]);
    else if (c !== "\r") row[row.length - 1] += c;
  }
  return rows.filter((row) => row.length > 1 || row[0] !== "");
}
