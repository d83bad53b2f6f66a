// Whatever stands in place of a part of a result, it is refused by key and rule, or the page can show it.

import assert from "node:assert";
import {execFileSync} from "node:child_process";
import {test} from "node:test";

import {checkResult, NoResult} from "../../search/web/page/report/result_check.js";
import {view} from "../../search/web/page/report/view.js";

const TABLE = "configs/tables/performance-law-table1.csv";
const COMMANDS = [
  "search configs/studies/laptop-tiny.json --near-best --sensitivity",
  "search configs/studies/quality-against-speed.json --top 1 --why layers=32,hidden=4096,ffn=14336,experts=1,experts_active=1",
  `predict --table ${TABLE}`,
  "predict --model llama-3.1-8b --tokens 15T",
  "curve --model llama-3.1-8b --vary tokens=1T..2T --points 3",
  `fit ${TABLE}`,
  `audit ${TABLE}`,
  "expand configs/expansions/7b-to-70b.json",
  "invert configs/cases/gpt-4.json --draws 1024",
  "size predict --benchmark omniscience_accuracy --score 0.3 --benchmark mmlu_pro --score 0.85",
  "size fit configs/tables/sample-benchmark-scores.csv --benchmark score",
  "count --model deepseek-v3",
  "compare llama-3.1-8b qwen3-30b-a3b --tokens 15T",
];
const OTHERS = [7, "text", true, null, undefined, [], [7], {}, {a: 7}, {a: {b: 1}}, {toString: 0}, 0, -1, 5e-324];
const DEPTH = 4;

const resultOf = (command) =>
  JSON.parse(execFileSync(process.env.PERFLAW, [...command.split(" "), "--json"], {encoding: "utf8"}));

// Of a list its first entry stands for all.
function pathsIn(value, path = []) {
  if (path.length === DEPTH || typeof value !== "object" || value === null) return [];
  const keys = Array.isArray(value) ? Object.keys(value).slice(0, 1) : Object.keys(value);
  return keys.flatMap((key) => [[...path, key], ...pathsIn(value[key], [...path, key])]);
}

function changed(result, path, other) {
  const copy = structuredClone(result);
  const parent = path.slice(0, -1).reduce((part, key) => part[key], copy);
  if (other !== undefined) parent[path.at(-1)] = other;
  else if (Array.isArray(parent)) parent.shift();
  else delete parent[path.at(-1)];
  return copy;
}

function isRefused(result) {
  try {
    checkResult(result);
  } catch (error) {
    assert.ok(error instanceof NoResult, error.stack);
    assert.ok(error.key && error.rule);
    return true;
  }
  view(result);
  return false;
}

for (const command of COMMANDS) {
  test(`parts of another kind: ${command}`, () => {
    const result = resultOf(command);
    assert.ok(!isRefused(result));
    let refused = 0;
    for (const path of pathsIn(result)) {
      for (const other of OTHERS) {
        try {
          refused += isRefused(changed(result, path, other));
        } catch (error) {
          assert.fail(`${path.join(".")} = ${JSON.stringify(other)}: ${error.stack}`);
        }
      }
    }
    assert.ok(refused > 50, `${refused} refused`);
  });
}
