// The library that the page carries is the one that the lock file names, byte for byte.

import assert from "node:assert";
import fs from "node:fs";
import {test} from "node:test";

test("the page's copy of ECharts is the package's", () => {
  const packaged = `${process.env.PERFLAW_NPM}/node_modules/echarts`;
  const carried = "search/web/page/vendor";
  assert.ok(fs.readFileSync(`${carried}/echarts.min.js`).equals(fs.readFileSync(`${packaged}/dist/echarts.min.js`)));
  for (const file of ["LICENSE", "NOTICE"])
    assert.ok(fs.readFileSync(`${carried}/${file}`).equals(fs.readFileSync(`${packaged}/${file}`)), file);
});
