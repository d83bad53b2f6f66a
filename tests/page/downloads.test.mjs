// What the page gives away as files: studies that the command line takes, tables, results, and reports that open from disk.

import assert from "node:assert/strict";
import fs from "node:fs";
import {after, before, test} from "node:test";
import {pathToFileURL} from "node:url";
import {explorer, perflaw, preset, scratch, search, showsBest, until} from "./explorer.mjs";

const app = explorer({before, after});

async function downloaded(page, kind, where = page) {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    where.locator(`[data-download=${kind}]`).click(),
  ]);
  const file = scratch(download.suggestedFilename(), "");
  await download.saveAs(file);
  return {file, text: fs.readFileSync(file, "utf8")};
}

// Cells of a simple CSV: quoted ones may hold commas.
const cells = (line) =>
  [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)]
    .slice(0, -1)
    .map(([, cell]) => cell.replace(/^"|"$/g, "").replaceAll('""', '"'));

test("the study that the page shows is one that the command line answers the same", async () => {
  const page = await app.open("#search?study=inference-bound&gamma=1.3");
  const study = {...preset("inference-bound"), gamma: 1.3};
  const best = search(study).best;
  await showsBest(page, best[0]);
  await page.locator(".front-figure svg").waitFor();

  const saved = await downloaded(page, "request");
  const answer = perflaw("search", saved.file);
  assert.deepEqual(answer.best, best);
  assert.match(
    await page.locator(".front-figure figcaption").innerText(),
    new RegExp(`^${answer.front.length} designs`),
  );

  const {text: csv} = await downloaded(page, "csv");
  const [head, ...lines] = csv.trim().split("\n").map(cells);
  assert.equal(lines.length, best.length);
  lines.forEach((line, i) =>
    assert.deepEqual(Object.fromEntries(head.map((key, k) => [key, Number(line[k])])), best[i]),
  );

  const result = JSON.parse((await downloaded(page, "result")).text);
  assert.deepEqual(result.best, best);
  assert.deepEqual(result.front, answer.front);
  await app.close(page);
});

// A report from disk without a network: it shows `text` and its pictures, and asks for nothing.
async function opensFromDisk(file, text) {
  const context = await app.browser.newContext({offline: true});
  const page = await context.newPage();
  const problems = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("request", (request) => !/^(file|data|blob):/.test(request.url()) && problems.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  await page.locator(".live svg").first().waitFor();
  assert.ok((await page.locator("main").innerText()).includes(text));
  await context.close();
  assert.deepEqual(problems, []);
  assert.ok(fs.statSync(file).size < 3e6);
}

test("the report of a search opens from disk", async () => {
  const page = await app.open("#search?study=laptop-tiny");
  const {best} = search(preset("laptop-tiny"));
  await showsBest(page, best[0]);
  await page.locator(".front-figure svg").waitFor();
  const {file} = await downloaded(page, "report");
  await opensFromDisk(file, best[0].mmlu.toFixed(2));
  await app.close(page);
});

const kAnswers = {invert: {invert: "GPT-4"}, size: {size: "764B"}, models: {predict: "81.09", count: "70,553,706,496"}};

for (const [tab, answers] of Object.entries(kAnswers)) {
  test(`${tab}: request, table, result and report`, async () => {
    const page = await app.open(`#${tab}`);
    for (const [ask, text] of Object.entries(answers)) await givesAway(page, ask, text);
    await app.close(page);
  });
}

async function givesAway(page, ask, text) {
  const panel = page.locator(`[data-ask=${ask}]`);
  await until(
    () => panel.locator(".answer-body").innerText(),
    (shown) => shown.includes(text),
    "an answer",
  );
  const request = JSON.parse((await downloaded(page, "request", panel)).text);
  assert.ok(Object.keys(request).length > 0);
  const {text: csv} = await downloaded(page, "csv", panel);
  const [head, ...lines] = csv.trim().split("\n").map(cells);
  assert.ok(lines.length > 0 && lines.every((line) => line.length === head.length), csv);
  assert.equal(JSON.parse((await downloaded(page, "result", panel)).text).command, ask);
  await opensFromDisk((await downloaded(page, "report", panel)).file, text);
}

test("a case downloaded is one that the command line answers the same", async () => {
  const page = await app.open("#invert?case=palm-2");
  const panel = page.locator("[data-ask=invert]");
  await panel.locator("svg").first().waitFor();
  const saved = await downloaded(page, "request", panel);
  const result = JSON.parse((await downloaded(page, "result", panel)).text);
  assert.deepEqual(perflaw("invert", saved.file, "--draws", "32768").intervals, result.intervals);
  await app.close(page);
});
