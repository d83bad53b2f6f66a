// What `perflaw report` runs: a result's JSON on standard input, {"html": text, "svg": {name: text}} on standard
// output. Status 2 where it is no result, {"key", "value", "rule"} on standard output saying why; 1 for all else.

import "./echarts.min.js"; // leaves the global `echarts`

import {createHash} from "node:crypto";
import {readFileSync} from "node:fs";

import {pictureSvg, reportDocument} from "./report.js";
import {checkResult, NoResult} from "./result_check.js";
import {view} from "./view.js";

const beside = (name) => readFileSync(new URL(name, import.meta.url), "utf8");

const input = readFileSync(0, "utf8");
const result = JSON.parse(input);
const engine = globalThis.echarts;
const assets = {
  echarts: beside("echarts.min.js"),
  charts: beside("charts.js"),
  css: beside("report.css"),
  engine,
  // The same result makes the same file, and nothing within the result can know it.
  nonce: createHash("sha256").update(input).digest("hex"),
};
try {
  checkResult(result);
  const svg = Object.fromEntries(view(result).pictures.map((picture) => [picture.id, pictureSvg(picture, engine)]));
  process.stdout.write(JSON.stringify({html: reportDocument(result, assets), svg}));
} catch (error) {
  if (!(error instanceof NoResult)) throw error;
  const {key, value, rule} = error;
  process.stdout.write(JSON.stringify({key, value, rule}));
  process.exitCode = 2;
}
