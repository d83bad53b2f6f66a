// A result as sections of HTML: the answer, pictures with the tables behind them, warnings, what was asked, provenance.

import {answerOf} from "./answers.js";
import {exact, html, human, label, Markup, objectiveOf, show} from "../parts/format.js";
import {reproduceTables} from "../pictures/reproduce.js";
import {picturesOf} from "../pictures/pictures.js";
import {resolutionTexts} from "../pictures/search.js";

/**
 * @param {object} result what `perflaw COMMAND --json` printed
 * @returns {{title: string, html: string, pictures: object[]}} `html` begins at <h2>, has no style attributes and no
 * scripts, and escapes whatever the result holds; each picture has its <figure data-picture="ID"> with a
 * <div class="chart"> for `mountCharts`.
 */
export function view(result) {
  const pictures = picturesOf(result);
  const {title, markup} = answerOf(result);
  const text = html`<div class="result">
<section><h2>Answer</h2>${markup}</section>
${warningsSection(result)}
${pictures.length > 0 && html`<section><h2>Pictures</h2>${pictures.map(figure)}</section>`}
${tablesSection(result)}
${askedSection(result)}
${provenanceSection(result)}
</div>`;
  return {title, html: text.toString(), pictures};
}

function figure(picture) {
  const alternative = `${picture.title}. ${picture.description} The table below holds its data.`;
  return html`<figure data-picture="${picture.id}">
<h3>${picture.title}</h3>
<div class="chart" role="img" aria-label="${alternative}"></div>
<figcaption>${picture.description} ${picture.note}</figcaption>
<details${picture.open ? new Markup(" open") : ""}><summary>Table behind this picture (${rowsText(picture.rows)})</summary>
${tableMarkup(picture.title, picture.columns, picture.rows)}</details>
</figure>`;
}

const rowsText = (rows) => `${rows.length} ${rows.length === 1 ? "row" : "rows"}`;

/** A table that scrolls within its own place, which the keyboard reaches. */
function tableMarkup(caption, columns, rows) {
  const isNumber = (cell) => /^([-+–$]?[\d.]|–$)/.test(cell ?? "–");
  const classes = columns.map((_, i) => rows.every((row) => isNumber(row[i])) && new Markup(' class="number"'));
  const cellMarkup = (cell, i) =>
    i === 0 ? html`<th scope="row"${classes[i]}>${cell}</th>` : html`<td${classes[i]}>${cell}</td>`;
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Table: ${caption}"><table>
<caption class="unseen">${caption}</caption>
<thead><tr>${columns.map((name, i) => html`<th scope="col"${classes[i]}>${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row, r) => html`<tr data-row="${r}">${row.map(cellMarkup)}</tr>
`,
  )}</tbody></table></div>`;
}

function list(items) {
  return html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;
}

function warningsOf(result) {
  const own = [...(result.warnings ?? []), ...(result.domain?.warnings ?? []), ...(result.notes ?? [])];
  const rows = Array.isArray(result.rows) ? result.rows : [];
  const ofRows = rows.flatMap((row, i) =>
    (row.domain?.warnings ?? row.domain_warnings ?? []).map((text) => `${row.model ?? `row ${i + 1}`}: ${text}`),
  );
  const outside = (result.series ?? []).some((one) => one.points.some((point) => point.inside_domain === false));
  return [...own, ...ofRows, ...(outside ? [OUTSIDE] : [])];
}

const OUTSIDE = "part of the curve lies outside the law's domain, where its interval is too narrow";
const MOST_WARNINGS = 12;
const MOST_FOLDED = 200;

function warningsSection(result) {
  const warnings = warningsOf(result);
  if (warnings.length === 0) return "";
  const rest = warnings.slice(MOST_WARNINGS);
  const folded = rest.slice(0, MOST_FOLDED);
  if (folded.length < rest.length) folded.push(`and ${rest.length - folded.length} more, which the result holds`);
  return html`<section class="warnings"><h2>Warnings</h2>${list(warnings.slice(0, MOST_WARNINGS))}
${rest.length > 0 && html`<details><summary>${rest.length} more</summary>${list(folded)}</details>`}</section>`;
}

// Of what has no picture.
function tablesSection(result) {
  const tables = [
    ...(result.command === "reproduce" ? reproduceTables(result) : []),
    result.command === "invert" && structureTable("Modes: what the law itself gives this score", result.modes),
    result.command === "invert" && structureTable("Plausible structures, sizes rounded", result.structures),
    result.command === "invert" && guessTable(result.guesses),
    result.command === "search" && (result.best ?? []).length === 0 && ruleTable(result),
  ].filter(Boolean);
  if (tables.length === 0) return "";
  return html`<section><h2>Tables</h2>${tables.map(
    ([title, columns, rows]) => html`<h3>${title}</h3>${tableMarkup(title, columns, rows)}`,
  )}</section>`;
}

function structureTable(title, rows) {
  if (!rows?.length) return null;
  return [title, STRUCTURE.map(label), rows.map((row) => STRUCTURE.map((key) => show(key, row[key])))];
}

const STRUCTURE = [
  "kind",
  "layers",
  "hidden",
  "ffn",
  "experts",
  "experts_active",
  "tokens",
  "total_params",
  "active_params",
  "released",
  "mmlu",
  "weight",
];

function guessTable(guesses) {
  const rows = Object.entries(guesses ?? {}).flatMap(([key, value]) =>
    typeof value === "object" && value !== null
      ? Object.entries(value).map(([by, text]) => [label(key), label(by), String(text)])
      : [[label(key), "–", String(value)]],
  );
  return rows.length > 0 ? ["Published guesses, for comparison", ["Quantity", "By", "Guess"], rows] : null;
}

function ruleTable(result) {
  const rows = Object.entries(result.rules ?? {}).map(([name, text]) => [name, text]);
  return rows.length > 0 ? ["Rules of the study", ["Rule", "What it asks"], rows] : null;
}

function facts(pairs) {
  const given = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false);
  return html`<dl>${given.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

const isLimit = (name) => /\.(min|max)$/.test(name) || name === "domain";

// A front's metric, or a goal such as {minimize: metric}.
const axisName = (axis) => label(typeof axis === "string" ? axis : String(Object.values(axis)[0]));

const MOST_IN_WORDS = 20;

// What a file says under one key, in a line: an axis or a range, a list, an object or one value.
function inWords(value) {
  if (typeof value === "number") return Math.abs(value) < 1e6 ? String(value) : human(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) {
    const shown = value.slice(0, MOST_IN_WORDS).map(inWords);
    if (shown.length < value.length) shown.push(`and ${value.length - shown.length} more`);
    return shown.join(value.some((one) => typeof one === "object") ? "; " : ", ");
  }
  const {from, to, ...rest} = value;
  const range = [from !== undefined && `from ${inWords(from)}`, to !== undefined && `to ${inWords(to)}`];
  const others = Object.entries(rest).map(([key, one]) => `${key.replaceAll("_", " ")} ${inWords(one)}`);
  return [range.filter(Boolean).join(" "), ...others].filter(Boolean).join(", ");
}

// What the file of a study or a case says; keys that are null say nothing.
function fileFacts(file) {
  const told = {...file.space, ...file.evidence, ...file.known};
  for (const key of ["from", "to", "budget", "training", "inference"]) told[key] = file[key];
  const named = {from: "Grown from", to: "Grown to", budget: "Budget", training: "Training", inference: "Inference"};
  return Object.entries(told)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => [named[key] ?? label(key), inWords(value)]);
}

function askedSection(result) {
  const limits = Object.entries(result.rules ?? {}).filter(([name]) => isLimit(name));
  const near = resolutionTexts(result.resolution);
  const gammas = (result.series ?? []).map((one) => one.gamma).filter((gamma) => gamma !== null && gamma !== undefined);
  const kind = result.command === "invert" ? "case" : "study";
  const file = result[kind];
  return html`<section><h2>What was asked</h2>${facts([
    ["Command", `perflaw ${result.command}`],
    ["Law", result.law],
    ["Status", result.status],
    ["Objective", result.objective && objectiveOf(result).words],
    ["Front", result.pareto?.map(axisName).join(", ")],
    ["Resolution", near.length > 0 && `closer than ${near.join(" and ")} to a listed one is left out`],
    ["Method", result.method?.replaceAll("_", " ")],
    ["Space", result.space_points && `${exact(result.space_points)} points, ${exact(result.evaluated)} scored`],
    ["Limits", limits.length > 0 && list(limits.map(([, text]) => text))],
    ["Model", result.model],
    ["Varied", result.vary && label(result.vary)],
    ["Gamma", gammas.length > 0 ? gammas.join(", ") : result.command === "health" ? null : result.gamma],
    ["Benchmarks", result.benchmarks?.map((b) => b.benchmark).join(", ")],
    ["Context", result.context && exact(result.context)],
    ["Number format", result.dtype],
    ...(file ? fileFacts(file) : []),
  ])}
${
  file &&
  html`<details><summary>The whole ${kind}, as JSON</summary>
<pre>${JSON.stringify(file, null, 2)}</pre></details>`
}
${result.defaults?.length > 0 && html`<h3>Defaults that were used</h3>${list(result.defaults)}`}</section>`;
}

function provenanceSection(result) {
  return html`<section><h2>Provenance</h2>${facts([
    ["perflaw", result.perflaw_version],
    ["Git revision", html`<code>${result.git_revision}</code>`],
    ["Law", result.law ?? "none"],
    ["SHA-256 of the inputs", html`<code>${result.inputs_sha256}</code>`],
    ["Seed", result.seed ?? "none: nothing is random"],
    ["Draws", result.draws && exact(result.draws)],
    ["Threads", result.threads],
    ["Seconds", Number.isFinite(result.seconds) && result.seconds.toPrecision(3)],
    ["Result schema", result.schema_version],
  ])}
${
  result.conventions &&
  html`<details><summary>Conventions</summary>
${facts(Object.entries(result.conventions).map(([key, text]) => [label(key), text]))}</details>`
}</section>`;
}
