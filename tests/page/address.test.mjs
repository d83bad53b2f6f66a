// The address holds the state of a view: back, forward, reload and a link give it again.

import assert from "node:assert/strict";
import {after, before, test} from "node:test";
import {changes, formatHash, pack, parseHash, unpack, withChanges} from "../../search/web/page/parts/address.js";
import {explorer, preset, search, showsBest, slide, until} from "./explorer.mjs";

const app = explorer({before, after});

test("changes of a study come back from an address as they were", () => {
  const base = preset("1024xh100-30d");
  const study = structuredClone(base);
  study.gamma = {median: 1.2, p90: 1.6, risk: 0.9};
  study.budget = {usd: 2e6, accelerator: "1024", max_tokens: "15T"};
  study.space.layers = [20, "true", 40];
  delete study.inference;
  study.constraints = {};
  study.law = "a & b=c#d?e%20 ü";
  const address = formatHash("search", changes(base, study));
  assert.deepEqual(withChanges(base, parseHash(address).values), study);
  assert.deepEqual(changes(base, base), {});
});

test("an address cannot reach the prototypes of objects", () => {
  withChanges({}, {"__proto__.polluted": "1", "constructor.prototype.polluted": "1"});
  assert.equal({}.polluted, undefined);
});

test("files are packed into addresses while they are small", async () => {
  const text = "tokens,mmlu\n1T,40 ü\n".repeat(500);
  assert.equal(await unpack(await pack(text)), text);
  const noise = Array.from({length: 60000}, (_, i) => String.fromCharCode(33 + ((i * 7919 + i * i * 31) % 90))).join(
    "",
  );
  const packed = await pack(
    noise +
      crypto.randomUUID().repeat(2) +
      Array.from(crypto.getRandomValues(new Uint8Array(40000)), (x) => x.toString(36)).join(""),
  );
  assert.equal(packed, null);
});

test("back and forward undo and redo; a slide is one step", async () => {
  const page = await app.open("#search?study=inference-bound");
  const study = preset("inference-bound");
  await showsBest(page, search(study).best[0]);
  const gamma = await slide(page, "Gamma, slider", [50, 100, 150, 200, 250, 300]);
  await gamma.release();
  const slid = search({...study, gamma: 1.9}).best[0];
  await showsBest(page, slid);
  await page.getByLabel("Start from").selectOption("laptop-tiny");
  const tiny = search(preset("laptop-tiny")).best[0];
  await showsBest(page, tiny);

  await page.goBack();
  await showsBest(page, slid);
  await page.goBack();
  await showsBest(page, search(study).best[0]);
  assert.equal(await page.getByLabel("Gamma", {exact: true}).inputValue(), "1");
  await page.goForward();
  await showsBest(page, slid);
  await page.reload();
  await showsBest(page, slid);
  assert.equal(await page.getByLabel("Start from").inputValue(), "inference-bound");
  await app.close(page);
});

test("a copied link shows the same in a fresh browser", async () => {
  const page = await app.open("#search?study=inference-bound");
  await page.getByLabel("KV cache per token, at most", {exact: true}).fill("80000");
  await page.getByRole("button", {name: "Compare as B: design 2", exact: true}).click();
  await page.getByRole("button", {name: "Show design 3", exact: true}).click();
  await page.getByLabel("Front, second metric").selectOption("weight_bytes");
  const study = preset("inference-bound");
  const expected = search({...study, constraints: {...study.constraints, kv_bytes_per_token: {max: 80000}}});
  await showsBest(page, expected.best[0]);
  const read = async (one) => {
    const design = one.getByRole("region", {name: "Design in detail"}).locator(".design-shape");
    await until(
      () => design.innerText(),
      (text) => text.startsWith(`${expected.best[2].layers} layers`),
      "the third design is shown",
    );
    await until(
      () => one.locator(".comparison tr").count(),
      (count) => count > 5,
      "the comparison is there",
    );
    await until(
      () => one.locator(".front-figure figcaption").innerText(),
      (text) => text.includes("weights"),
      "the front is of weights",
    );
    return [
      await one.locator(".comparison").innerText(),
      await one.locator(".front-figure figcaption").innerText(),
      await one.locator(".best-table").innerText(),
    ];
  };
  const shown = await read(page);
  const other = await app.open(new URL(page.url()).hash);
  await showsBest(other, expected.best[0]);
  assert.deepEqual(await read(other), shown);
  await app.close(other);
  await app.close(page);
});

test("tabs are steps, too, and each keeps what it showed", async () => {
  const page = await app.open("#search?study=laptop-tiny");
  await showsBest(page, search(preset("laptop-tiny")).best[0]);
  await page.getByRole("tab", {name: "Size"}).click();
  await page.getByLabel("Score").first().fill("0.2");
  await page.getByLabel("Score").first().blur();
  await page.getByRole("tab", {name: "Models"}).click();
  await page.goBack();
  assert.equal(await page.getByRole("tab", {name: "Size"}).getAttribute("aria-selected"), "true");
  assert.equal(await page.getByLabel("Score").first().inputValue(), "0.2");
  await page.getByRole("tab", {name: "Search"}).click();
  assert.match(page.url(), /#search\?study=laptop-tiny$/);
  await app.close(page);
});

test("a dropped curve travels in the link", async () => {
  const page = await app.open("#health");
  await page.getByRole("button", {name: "Use a sample curve"}).click();
  await page.getByLabel("Model", {exact: true}).selectOption("qwen2.5-72b");
  const verdict = (one) => one.locator("[data-ask=health] .answer-body");
  await until(
    () => verdict(page).innerText(),
    (text) => text.includes("abnormal"),
    "a verdict",
  );
  const other = await app.open(new URL(page.url()).hash);
  await until(
    () => verdict(other).innerText(),
    (text) => text.includes("abnormal"),
    "the same verdict",
  );
  assert.equal(await other.getByLabel("Model", {exact: true}).inputValue(), "qwen2.5-72b");
  await app.close(other);
  await app.close(page);
});
