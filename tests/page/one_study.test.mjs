// Nothing is told of another thing than is meant: clicks, files, links, and answers that come while others are under way.

import assert from "node:assert/strict";
import fs from "node:fs";
import {after, before, test} from "node:test";
import {pointFromKey, pointKey} from "../../search/web/page/parts/designs.js";
import {misshapen} from "../../search/web/page/parts/study_edit.js";
import {explorer, kRefused, perflaw, preset, scratch, search, showsBest, until} from "./explorer.mjs";

const app = explorer({before, after});
const shapeOf = (row) => `${row.layers} layers × ${row.hidden} hidden × ${row.ffn} FFN`;
const design = (page) => page.getByRole("region", {name: "Design in detail"});
const status = (page) => page.getByRole("status");

async function download(page, kind) {
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    page.locator(`[data-download=${kind}]`).first().click(),
  ]);
  const file = scratch(saved.suggestedFilename(), "");
  await saved.saveAs(file);
  return fs.readFileSync(file, "utf8");
}

test("points come back from their keys, with places that are empty; what is no point is none", () => {
  for (const point of [
    {layers: 84, hidden: 4096, ffn: 1152, experts: 64, experts_active: 8, experts_shared: 1},
    {layers: 84, ffn: 1152, experts: 1, tokens: 15e12},
    {experts_shared: 0},
  ])
    assert.deepEqual(pointFromKey(pointKey(point)), point);
  assert.deepEqual(pointFromKey("84--1152-64-8-1-15T"), {
    layers: 84,
    ffn: 1152,
    experts: 64,
    experts_active: 8,
    experts_shared: 1,
    tokens: 15e12,
  });
  for (const text of ["abc", "", "-----", "84-x-1152", "1-2-3-4-5-6-7-8"]) assert.equal(pointFromKey(text), null, text);
});

test("every preset can be shown; what is no study is told", () => {
  for (const file of fs.readdirSync("configs/studies").filter((name) => name.endsWith(".json")))
    assert.equal(misshapen(preset(file.replace(".json", ""))), null, file);
  const wrong = [
    null,
    5,
    [],
    "x",
    {budget: 5},
    {constraints: {mmlu: null}},
    {pareto: 5},
    {pareto: ["mmlu", null]},
    {space: {layers: 80}},
  ];
  for (const study of wrong) assert.ok(misshapen(study), JSON.stringify(study));
});

test("a click on a front of three metrics shows the design that was clicked", async () => {
  const study = {...preset("1024xh100-30d"), pareto: ["mmlu", "kv_bytes_per_token", "total_params"], resolution: {}};
  const {front} = search(study);
  assert.ok(front.length > 200, `${front.length} designs are thinned`);
  const page = await app.open(
    '#search?study=1024xh100-30d&pareto=["mmlu","kv_bytes_per_token","total_params"]&resolution={}',
  );
  await page.locator(".front-figure svg").waitFor();
  // One that no other point lies on: the nearest is the farthest away.
  const {at, value} = await page.locator(".front-figure .live").evaluate((live) => {
    const chart = globalThis.echarts.getInstanceByDom(live);
    const points = chart.getOption().series[0].data.map(({value}) => {
      const [x, y] = chart.convertToPixel({seriesIndex: 0}, value);
      return {at: {x, y}, value};
    });
    const room = (one) =>
      Math.min(...points.filter((p) => p !== one).map((p) => Math.hypot(p.at.x - one.at.x, p.at.y - one.at.y)));
    return points.slice(20, -20).reduce((a, b) => (room(b) > room(a) ? b : a));
  });
  const shown = front.filter((row) => Number(row.mmlu.toPrecision(6)) === value[1]).map(shapeOf);
  assert.ok(shown.length >= 1 && shown.length < 5, `${shown.length} designs could be meant`);
  await page.locator(".front-figure .live").click({position: at});
  await page.waitForURL(/pick=/);
  await until(
    () => design(page).locator(".design-shape").innerText(),
    (text) => shown.some((shape) => text.includes(shape)) && !text.includes("(the best)"),
    `one of ${shown} is shown`,
  );
  await page.locator(".front-figure .live").click({position: at});
  await until(
    () => design(page).locator(".design-shape").innerText(),
    (text) => text.includes("(the best)"),
    "a second click gives the best again",
  );
  assert.doesNotMatch(page.url(), /pick=/);
  await app.close(page);
});

test("another metric of the front is one step back; no metric stands on both axes", async () => {
  const page = await app.open("#search?study=laptop-tiny");
  await page.locator(".front-figure svg").waitFor();
  const axes = [page.getByLabel("Front, first metric"), page.getByLabel("Front, second metric")];
  const names = () => Promise.all(axes.map((axis) => axis.inputValue()));
  const before = await names();
  await axes[1].selectOption("weight_bytes");
  assert.doesNotMatch(page.url(), /resolution/);
  await page.goBack();
  await until(names, (shown) => shown.join() === before.join(), "one step back gives the metrics before");
  await axes[1].selectOption(before[0]);
  assert.deepEqual(await names(), before.toReversed());
  await app.close(page);
});

test("why not: a field left empty stays so through a reload, and a suffix is a number", async () => {
  const page = await app.open("#search?study=inference-bound");
  const {best} = search(preset("inference-bound"));
  await showsBest(page, best[0]);
  const why = page.getByRole("region", {name: "Why not another design"});
  const fields = async () => [
    await why.getByLabel("Layers").inputValue(),
    await why.getByLabel("Hidden size").inputValue(),
  ];
  await why.getByLabel("Layers").fill("100");
  await why.getByLabel("Hidden size").fill("");
  await why.getByRole("button", {name: "Why not?"}).click();
  await page.waitForURL(/why=100--/);
  await page.reload();
  await until(fields, (shown) => shown.join() === "100,", "the fields are as they were");
  await until(
    () => why.locator(".problem").innerText(),
    (text) => text.includes("hidden"),
    "the answer is about the hidden size",
  );
  await app.close(page, [kRefused]);
});

test("why not: how far behind follows the study, never the best of another", async () => {
  const page = await app.open("#search?study=inference-bound");
  const study = preset("inference-bound");
  const {best} = search(study);
  await showsBest(page, best[0]);
  const why = page.getByRole("region", {name: "Why not another design"});
  await why.getByLabel("Layers").fill(String(best[1].layers));
  for (const [label, key] of Object.entries({"Hidden size": "hidden", "FFN size": "ffn", Experts: "experts"}))
    await why.getByLabel(label, {exact: true}).fill(String(best[1][key]));
  await why.getByRole("button", {name: "Why not?"}).click();
  await why.getByText("MMLU less than the best").waitFor();
  // Answers about designs come late: meanwhile nothing is compared.
  await page.route("**/api/design", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await route.continue().catch(() => {});
  });
  await page.getByLabel("Gamma", {exact: true}).fill("1.9");
  const moved = search({...study, gamma: 1.9}).best[0];
  await showsBest(page, moved);
  assert.equal(await why.getByText("MMLU less than the best").count(), 0);
  await app.close(page);
});

test("links that are no study say so and show the preset", async () => {
  const {best} = search(preset("1024xh100-30d"));
  for (const hash of ['#search?constraints={"total_params":null}', "#search?pareto=5", "#search?constraints=7"]) {
    const page = await app.open(hash);
    await until(
      () => status(page).innerText(),
      (text) => text.includes("This link is not a study"),
      `${hash} is said to be none`,
    );
    await showsBest(page, best[0]);
    assert.match(await status(page).innerText(), /This link is not a study/);
    await page.getByLabel("Start from").selectOption("laptop-tiny");
    await showsBest(page, search(preset("laptop-tiny")).best[0]);
    assert.equal(await status(page).textContent(), "");
    await app.close(page);
  }
  const page = await app.open("#search?pick=abc");
  await showsBest(page, best[0]);
  assert.doesNotMatch(page.url(), /pick/);
  await app.close(page);
});

test("a file that is no study changes nothing; it can be chosen again when it is mended", async () => {
  const page = await app.open("#search?study=laptop-tiny");
  const {best} = search(preset("laptop-tiny"));
  await showsBest(page, best[0]);
  const address = page.url();
  const choose = (text) =>
    page
      .getByLabel("Open a study file")
      .setInputFiles({name: "study.json", mimeType: "application/json", buffer: Buffer.from(text)});
  for (const text of ["null", "[1]", "{oh", '{"constraints": {"mmlu": null}}']) {
    await choose(text);
    await page.getByText("study.json is not a study").waitFor();
    assert.equal(page.url(), address);
    await showsBest(page, best[0]);
  }
  await choose(JSON.stringify(preset("inference-bound")));
  await showsBest(page, search(preset("inference-bound")).best[0]);
  assert.equal(await status(page).textContent(), "");
  await app.close(page);
});

test("after an error of the front, what is downloaded has no front of another study", async () => {
  const page = await app.open("#search?study=laptop-tiny");
  await page.locator(".front-figure svg").waitFor();
  assert.ok(JSON.parse(await download(page, "result")).front.length > 0);
  await page.route("**/api/search", (route) =>
    route.request().postDataJSON().study.pareto
      ? route.fulfill({status: 400, contentType: "application/json", body: '{"error": "no front today"}'})
      : route.continue(),
  );
  await page.getByLabel("Gamma", {exact: true}).fill("1.5");
  const study = {...preset("laptop-tiny"), gamma: 1.5};
  await showsBest(page, search(study).best[0]);
  await page.getByText("no front today").waitFor();
  const alone = JSON.parse(await download(page, "result"));
  assert.deepEqual(alone.best, search(study).best);
  assert.deepEqual(alone.front, []);
  await page.unroute("**/api/search");
  await page.getByLabel("Gamma", {exact: true}).fill("1.6");
  await until(
    async () => JSON.parse(await download(page, "result")),
    ({gamma, front, pareto}) => gamma === 1.6 && front.length > 0 && pareto.length === 2,
    "the next front is of its study",
  );
  await app.close(page, [kRefused]);
});

test("a report that could not be made is told, and made the next time", async () => {
  const page = await app.open("#search?study=laptop-tiny");
  await page.locator(".front-figure svg").waitFor();
  await page.route("**/page/report/report.css", (route) => route.abort());
  await page.locator("[data-download=report]").first().click();
  await until(
    () => status(page).innerText(),
    (text) => text.includes("The report could not be made"),
    "the failure is told",
  );
  await page.unroute("**/page/report/report.css");
  assert.match(await download(page, "report"), /^<!doctype html>/);
  await app.close(page, [/ERR_FAILED/, /failed: .*report\.css/]);
});

test("health: three references chosen at once are all there, in the link, too", async () => {
  const page = await app.open("#health");
  await page.getByRole("button", {name: "Use a sample curve"}).click();
  const curve = "tokens,mmlu\n0.5T,40\n1T,48\n2T,56\n4T,64\n8T,71\n15T,76\n";
  const files = [400, 1, 40].map((n, i) => ({
    name: `run${i}.csv`,
    mimeType: "text/csv",
    buffer: Buffer.from(curve + "\n".repeat(n)),
  }));
  await page.getByLabel("Earlier healthy runs (optional)").setInputFiles(files);
  const listed = (one) =>
    until(
      () => one.locator(".files li").allInnerTexts(),
      (names) => names.length === 3 && names.every((name, i) => name.startsWith(`run${i}.csv`)),
      "three files are listed",
    );
  await listed(page);
  await page.waitForURL(/ref=/);
  const other = await app.open(new URL(page.url()).hash);
  await listed(other);
  await app.close(other);
  await app.close(page);
});

test("limits: one that is there is left alone, a new one admits the best", async () => {
  const page = await app.open("#search?study=inference-bound&constraints.total_params.max=9B");
  const study = preset("inference-bound");
  const {best} = search({...study, constraints: {...study.constraints, total_params: {max: "9B"}}});
  await showsBest(page, best[0]);
  const limit = page.getByLabel("Total parameters, at most", {exact: true});
  await page.getByRole("button", {name: "Add limit"}).click();
  assert.equal(await limit.inputValue(), "9B");
  assert.ok(await limit.evaluate((input) => input === document.activeElement));
  for (const metric of ["active_params", "train_days"]) {
    await page.getByLabel("Metric of a new limit").selectOption(metric);
    await page.getByRole("button", {name: "Add limit"}).click();
  }
  await showsBest(page, best[0]);
  await app.close(page);
});

test("fields that were emptied stay empty through a reload", async () => {
  const page = await app.open("#size");
  for (let left = 2; left > 0; --left)
    await page
      .getByRole("button", {name: /^Remove/})
      .first()
      .click();
  await page.reload();
  await page.getByText("Give at least one score.").waitFor();
  assert.equal(await page.getByLabel("Score").count(), 0);
  await page.goto(`${app.url}/#models`);
  await page.getByLabel("Training tokens", {exact: true}).fill("");
  await page.getByLabel("Training tokens", {exact: true}).blur();
  await page.reload();
  await until(
    () => page.getByLabel("Training tokens", {exact: true}).inputValue(),
    (text) => text === "",
    "the tokens stay empty",
  );
  await app.close(page, [kRefused]);
});

test("a message stays with its tab; folds stay as they were when an answer is replaced", async () => {
  const page = await app.open("#search");
  await page.getByLabel("MFU", {exact: true}).fill("2");
  await page.locator("[data-group=budget] .complaint").waitFor();
  await page.getByRole("tab", {name: "Models"}).click();
  await page.locator("[data-ask=predict] svg").first().waitFor();
  assert.equal(await status(page).textContent(), "");
  const panel = page.locator("[data-ask=predict]");
  const fold = panel.locator("figure details").first();
  const was = await fold.evaluate((details) => (details.open = !details.open));
  const {mmlu} = perflaw("predict", "--model", "llama-3.1-70b", "--tokens", "15T", "--gamma", "1.5");
  await page.getByLabel("Gamma", {exact: true}).last().fill("1.5");
  await until(
    () => panel.locator(".answer-body").innerText(),
    (text) => text.includes(mmlu.toFixed(2)),
    "the next answer",
  );
  assert.equal(await fold.evaluate((details) => details.open), was);
  await page.getByRole("tab", {name: "Search"}).click();
  assert.match(await status(page).innerText(), /budget\.mfu/);
  await app.close(page, [kRefused]);
});
