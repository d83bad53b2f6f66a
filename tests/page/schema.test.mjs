// configs/study.schema.json takes every study that the project ships, and refuses what the reader refuses, see
// tests/io/inputs/schema_test.cc.

import assert from "node:assert";
import fs from "node:fs";
import {createRequire} from "node:module";
import {test} from "node:test";

const require = createRequire(`${process.env.PERFLAW_NPM}/`);
const Ajv = require("ajv");

// Without the comments of the project's files: a string, or what stands behind two slashes.
const parsed = (file) =>
  JSON.parse(
    fs.readFileSync(file, "utf8").replace(/"(?:\\.|[^"\\])*"|\/\/.*/g, (part) => (part[0] === '"' ? part : "")),
  );

const accepts = new Ajv({strict: false}).compile(parsed("configs/study.schema.json"));

test("every study passes", () => {
  const files = fs.readdirSync("configs/studies");
  assert.ok(files.length >= 9);
  for (const file of files)
    assert.ok(accepts(parsed(`configs/studies/${file}`)), `${file}: ${JSON.stringify(accepts.errors)}`);
});

test("what the reader refuses fails", () => {
  const changes = parsed("tests/golden/bad_studies.json");
  assert.ok(changes.length >= 13);
  for (const {at, value} of changes) {
    const bad = parsed("configs/studies/1024xh100-30d.json");
    const keys = at.split("/").slice(1);
    const last = keys.pop();
    keys.reduce((part, key) => (part[key] ??= {}), bad)[last] = value;
    assert.ok(!accepts(bad), at);
  }
});
