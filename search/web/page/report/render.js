// What `perflaw report` runs, within the program.

import "./no_timers.js";
import "../vendor/echarts.min.js"; // leaves the global `echarts`

import {learnMetrics} from "../parts/format.js";
import {pictureSvg, reportDocument} from "./report.js";
import {checkResult, NoResult} from "./result_check.js";
import {view} from "./view.js";

/**
 * @param {string} input a result as JSON; @param {string} metrics as learnMetrics takes them, as JSON; @param {string} nonce as reportDocument takes it; @param {string} echarts @param {string}
 *   charts @param {string} css texts of the files of these names
 * @returns {string} JSON: {"html": text, "svg": {name: text}}, or why it is no result: {"key", "value", "rule"}
 */
export function render(input, metrics, nonce, echarts, charts, css) {
  const result = JSON.parse(input);
  learnMetrics(JSON.parse(metrics));
  const engine = globalThis.echarts;
  try {
    checkResult(result);
    const svg = Object.fromEntries(view(result).pictures.map((picture) => [picture.id, pictureSvg(picture, engine)]));
    return JSON.stringify({html: reportDocument(result, {echarts, charts, css, engine, nonce}), svg});
  } catch (error) {
    if (!(error instanceof NoResult)) throw error;
    const {key, value, rule} = error;
    return JSON.stringify({key, value, rule});
  }
}
