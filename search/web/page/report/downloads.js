// What a view can be taken away as: the request, the table, the result and the report, each a file made in the browser.

import {pageText} from "../parts/api.js";
import {button, el} from "../parts/dom.js";
import {reportDocument} from "./report.js";

function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], {type}));
  const link = el("a", {href: url, download: name});
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

export function saveJson(name, object) {
  save(name, "application/json", `${JSON.stringify(object, null, 2)}\n`);
}

// Rows as they stand in a result, base units and all digits: a column for each key of any row.
export function csvOf(rows) {
  const keys = [...new Set(rows.flatMap(Object.keys))];
  const cell = (value) => {
    if (value === null || value === undefined) return "";
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [keys, ...rows.map((row) => keys.map((key) => row[key]))]
    .map((cells) => `${cells.map(cell).join(",")}\n`)
    .join("");
}

let assets = null;

async function reportAssets() {
  const [charts, css, script] = await Promise.all(
    ["report/charts.js", "report/report.css", "vendor/echarts.min.js"].map(pageText),
  );
  return {charts, css, echarts: script, engine: globalThis.echarts};
}

async function reportOf(result) {
  assets ??= reportAssets().catch((error) => {
    assets = null;
    throw error;
  });
  return reportDocument(result, await assets);
}

// The row of buttons. `request()` is what was asked or null, `rows()` the main table's rows, `result()` the answer or null;
// `kind` names the request: "study". `announce(text)` says what went wrong.
export function downloadBar({stem, kind, request, rows, result, announce}) {
  const report = async () => {
    try {
      save(`${stem()}.html`, "text/html", await reportOf(result()));
    } catch (error) {
      announce(`The report could not be made: ${error.message}`);
    }
  };
  const one = (name, format, label, onClick) =>
    button(label, onClick, {
      disabled: true,
      dataset: {download: name},
      title: format,
      "aria-label": `${label}: ${format}`,
    });
  const buttons = [
    one("request", "what was asked, as JSON", kind[0].toUpperCase() + kind.slice(1), () =>
      saveJson(`${stem()}-${kind}.json`, request()),
    ),
    one("csv", "the table, with all digits", "CSV", () => save(`${stem()}.csv`, "text/csv", csvOf(rows()))),
    one("result", "the whole answer, as JSON", "Result", () => saveJson(`${stem()}-result.json`, result())),
    one("report", "a page to keep, with pictures", "Report", report),
  ];
  const element = el(
    "div",
    {class: "downloads", role: "group", "aria-label": "Downloads"},
    el("span", {class: "downloads-label"}, "Download"),
    buttons,
  );
  const refresh = () => {
    for (const one of buttons) one.disabled = one.dataset.download === "request" ? !request() : !result();
  };
  return {element, refresh};
}
