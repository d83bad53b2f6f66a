// What the page does with studies and numbers before it asks the server: pure functions, against the schema and by properties.

import assert from "node:assert/strict";
import fs from "node:fs";
import {test} from "node:test";
import {
  fieldText,
  kSliderSteps,
  parseNumber,
  positionOf,
  roundOutward,
  typed,
  valueAt,
} from "../../search/web/page/parts/numbers.js";
import {csvOf} from "../../search/web/page/report/downloads.js";
import {allowedCount, edited} from "../../search/web/page/parts/study_edit.js";
import {kGroups, kMetricRanges, kMetrics, kSpending} from "../../search/web/page/parts/study_parts.js";

const schema = JSON.parse(fs.readFileSync("configs/study.schema.json", "utf8"));

function resolve(node) {
  return node.$ref ? schema.definitions[node.$ref.split("/").at(-1)] : node;
}

// Paths of what a study may hold; an object that is one of several forms is one path.
function paths(node, prefix = "") {
  const {properties} = resolve(node);
  if (!properties) return [prefix.slice(0, -1)];
  return Object.entries(properties).flatMap(([key, below]) => paths(below, `${prefix}${key}.`));
}

test("every key of a study has its control", () => {
  const controls = kGroups.flatMap((group) => group.controls.map(({path}) => path));
  const shown = new Set([...controls, ...kSpending.map(({key}) => `budget.${key}`), "pareto", "resolution", "$schema"]);
  // An axis is a control for all that stands in it.
  const reached = (path) =>
    shown.has(path) || [...shown].some((one) => one.startsWith("space.") && path.startsWith(`${one}.`));
  assert.deepEqual(
    paths(schema).filter((path) => !reached(path)),
    [],
  );
});

test("every metric has a slider's range", () => {
  assert.deepEqual([...kMetrics].sort(), [...schema.definitions.metric.enum].sort());
  for (const [name, {min, max, log}] of Object.entries(kMetricRanges)) assert.ok(min < max && (!log || min > 0), name);
});

test("numbers are read as the program reads them", () => {
  for (const [text, value] of [
    ["15T", 15e12],
    ["76GB", 76e9],
    ["1.2 GB", 1.2e9],
    ["4e5", 4e5],
    ["405B", 405e9],
    ["2K", 2000],
    ["-1", -1],
    [".5", 0.5],
    [7, 7],
  ]) {
    assert.equal(parseNumber(text), value, text);
  }
  for (const text of ["", "x", "1TT", "1 2", "T", undefined, "0x10", "1GiB"])
    assert.ok(Number.isNaN(parseNumber(text)), String(text));
});

test("a number survives its field", () => {
  for (let exponent = -6; exponent <= 26; exponent += 0.37) {
    const value = Number((10 ** exponent).toPrecision(5));
    assert.equal(parseNumber(typed(fieldText(value))), value, fieldText(value));
  }
  assert.equal(typed(" "), undefined);
  assert.equal(typed("76 GB"), "76GB");
});

test("sliders reach both ends, never turn back, and stand where their number is", () => {
  for (const [name, range] of Object.entries(kMetricRanges)) {
    assert.ok(Math.abs(valueAt(0, range) / range.min - 1) < 0.01 || valueAt(0, range) === range.min, name);
    assert.ok(Math.abs(valueAt(kSliderSteps, range) / range.max - 1) < 0.01, name);
    let last = -Infinity;
    for (let position = 0; position <= kSliderSteps; ++position) {
      const value = valueAt(position, range);
      assert.ok(value >= last, `${name} at ${position}`);
      assert.ok(
        Math.abs(valueAt(positionOf(value, range), range) - value) <= 0.011 * Math.abs(value),
        `${name} at ${position}`,
      );
      last = value;
    }
  }
});

const kStudy = {
  budget: {count: 1024, days: 30},
  constraints: {mmlu: {min: 70}},
  template: {vocab: 1, mla: {v_head_dim: 64}},
  training: {data_parallel: 32, tensor_parallel: 8, pipeline_parallel: 4, expert_parallel: 4, context: 4096},
};

test("a study with another number of accelerators is as consistent as before", () => {
  const before = JSON.stringify(kStudy);
  for (const wish of [1, 100, 128, 1000, 4096, 65536]) {
    const count = allowedCount(kStudy, wish);
    const {budget, training} = edited(kStudy, "budget.count", count);
    assert.equal(training.data_parallel * training.tensor_parallel * training.pipeline_parallel, budget.count);
    assert.equal(training.data_parallel % training.expert_parallel, 0);
    assert.ok(Math.abs(count - wish) <= 128, `${wish} became ${count}`);
  }
  assert.equal(JSON.stringify(kStudy), before);
});

test("a limit that loses its last side goes, and so does a block within a block", () => {
  assert.deepEqual(edited(kStudy, "constraints.mmlu.min", undefined).constraints, {});
  assert.deepEqual(edited(kStudy, "template.mla.v_head_dim", undefined).template, {vocab: 1});
  assert.equal(edited(kStudy, "training", undefined).training, undefined);
});

test("a relaxed limit still admits the point, and hardly more", () => {
  for (let i = 1; i < 200; ++i) {
    const value = Math.exp(i / 7) * 0.013;
    const [least, most] = [roundOutward(value, "min"), roundOutward(value, "max")];
    assert.ok(least <= value && least > 0.985 * value, `${least} for ${value}`);
    assert.ok(most >= value && most < 1.015 * value, `${most} for ${value}`);
  }
});

test("CSV quotes what has to be quoted", () => {
  assert.equal(
    csvOf([
      {a: 1, b: "x,y"},
      {a: null, c: 'say "no"'},
      {b: "two\nlines", c: [1]},
    ]),
    'a,b,c\n1,"x,y",\n,,"say ""no"""\n,"two\nlines",[1]\n',
  );
});
