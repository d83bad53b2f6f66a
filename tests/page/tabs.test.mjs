// Health, Invert, Size and Models, each used as its user would, and held to the command line's answers.

import assert from "node:assert/strict";
import fs from "node:fs";
import {after, before, test} from "node:test";
import {explorer, kRefused, perflaw, preset, scratch, until} from "./explorer.mjs";

const app = explorer({before, after});

const answer = (page, name) => page.locator(`[data-ask=${name}] .answer-body`);
const says = (page, name, text) =>
  until(
    () => answer(page, name).innerText(),
    (shown) => shown.includes(text),
    `${name} says ${text}`,
  );

const kFalling = "tokens,mmlu\n0.5T,38\n1T,46\n2T,54\n4T,61\n6T,65\n8T,66.5\n10T,66\n12T,64\n15T,61\n";

test("health: the sample curve falls, and that is said", async () => {
  const page = await app.open("#health");
  await page.getByText("Choose or drop a training curve").waitFor();
  await page.getByRole("button", {name: "Use a sample curve"}).click();
  await says(page, "health", "abnormal");
  await answer(page, "health").locator("svg").first().waitFor();
  await app.close(page);
});

test("health: a chosen file gives the command line's verdict and gamma", async () => {
  const page = await app.open("#health");
  const expected = perflaw("health", scratch("run.csv", kFalling), "--model", "llama-3-8b");
  await page.getByLabel("Model", {exact: true}).selectOption("llama-3-8b");
  await page
    .getByLabel("Training curve")
    .setInputFiles({name: "run.csv", mimeType: "text/csv", buffer: Buffer.from(kFalling)});
  await says(page, "health", expected.verdict);
  for (const reason of expected.reasons) await says(page, "health", reason);
  await app.close(page);
});

test("health: a curve is dropped, an earlier run added and taken away, a bare shape given", async () => {
  const page = await app.open("#health");
  await page.getByLabel("Architecture from").selectOption("shape");
  await page
    .locator(".drop")
    .first()
    .evaluate((zone, text) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], "dropped.csv"));
      zone.dispatchEvent(new DragEvent("dragover", {dataTransfer: transfer, bubbles: true, cancelable: true}));
      zone.dispatchEvent(new DragEvent("drop", {dataTransfer: transfer, bubbles: true, cancelable: true}));
    }, kFalling);
  await says(page, "health", "abnormal");
  const healthy = "tokens,mmlu\n0.5T,40\n1T,48\n2T,56\n4T,64\n8T,71\n15T,76\n";
  const expected = perflaw(
    "health",
    scratch("run.csv", kFalling),
    "--layers",
    "80",
    "--hidden",
    "8192",
    "--ffn",
    "28672",
    "--params",
    "70.6B",
    "--reference",
    scratch("earlier.csv", healthy),
  );
  await page
    .getByLabel("Earlier healthy runs (optional)")
    .setInputFiles({name: "earlier.csv", mimeType: "text/csv", buffer: Buffer.from(healthy)});
  for (const reason of expected.reasons) await says(page, "health", reason);
  await page.getByRole("button", {name: "Remove earlier.csv"}).click();
  await until(
    () => page.locator(".files li").count(),
    (count) => count === 0,
    "the reference is gone",
  );
  await app.close(page);
});

test("health: a file that is no curve is refused in words", async () => {
  const page = await app.open("#health");
  await page
    .getByLabel("Training curve")
    .setInputFiles({name: "x.csv", mimeType: "text/csv", buffer: Buffer.from("a,b\n1,2\n")});
  await until(
    () => page.getByRole("status").innerText(),
    (text) => text.includes("tokens"),
    "the missing column is named",
  );
  await app.close(page, [kRefused]);
});

test("invert: a preset's posterior is the command line's, and evidence moves it", async () => {
  const page = await app.open("#invert?case=palm-2");
  const median = (given) =>
    perflaw("invert", scratch("case.json", given), "--draws", "32768").intervals.total_params.q50;
  const short = (value) => `${(value / 1e9).toPrecision(3)}B`;
  const palm = preset("palm-2", "cases");
  await says(page, "invert", short(median(palm)));
  await page.getByRole("textbox", {name: "Training tokens"}).fill("3.6T");
  await page.getByLabel("Kind").selectOption("dense");
  await says(page, "invert", short(median({...palm, known: {...palm.known, kind: "dense", tokens: "3.6T"}})));
  await page.getByRole("textbox", {name: "Training tokens"}).fill("2T to 4T");
  await says(
    page,
    "invert",
    short(median({...palm, known: {...palm.known, kind: "dense", tokens: {from: "2T", to: "4T"}}})),
  );
  await app.close(page);
});

test("invert: what cannot be is told beside its field", async () => {
  const page = await app.open("#invert?case=palm-2");
  await page.getByLabel("Experts", {exact: true}).fill("64");
  await page.locator(".side .complaint").waitFor();
  assert.match(await page.locator(".side .complaint").innerText(), /known\.experts/);
  assert.equal(await page.getByLabel("Experts", {exact: true}).getAttribute("aria-invalid"), "true");
  await app.close(page, [kRefused]);
});

test("size: scores give the command line's parameters", async () => {
  const page = await app.open("#size");
  await says(page, "size", "764B");
  await page.getByRole("button", {name: "Remove omniscience_accuracy"}).click();
  const {total_params: total} = perflaw("size", "predict", "--benchmark", "mmlu_pro", "--score", "0.7");
  await page.getByLabel("Score").fill("0.7");
  await says(page, "size", `${(total / 1e9).toPrecision(3)}B`);
  await page.getByRole("button", {name: "Add a benchmark"}).click();
  assert.equal(await page.getByLabel("Score").count(), 2);
  await page.getByLabel("Score").last().fill("80");
  await page.locator(".side .complaint").waitFor();
  await app.close(page, [kRefused]);
});

test("models: a known model, a dropped config and a bare shape", async () => {
  const page = await app.open("#models");
  await says(page, "predict", "81.09");
  await says(page, "count", "70,553,706,496");
  await answer(page, "curve").locator("svg").first().waitFor();

  await page.getByLabel("Architecture from").selectOption("config");
  await page.getByText("Choose a config.json for the architecture.").first().waitFor();
  const config = fs.readFileSync("configs/models/mixtral-8x7b.json", "utf8");
  await page
    .getByLabel("Hugging Face config.json")
    .setInputFiles({name: "config.json", mimeType: "application/json", buffer: Buffer.from(config)});
  await says(page, "count", "46,702,792,704");
  const predicted = perflaw("predict", "--model", "mixtral-8x7b", "--tokens", "15T", "--gamma", "1.5").mmlu;
  await page.getByLabel("Gamma", {exact: true}).fill("1.5");
  await says(page, "predict", predicted.toFixed(2));

  await page.getByLabel("Architecture from").selectOption("shape");
  await page.getByText("A bare shape has no blocks to count.").waitFor();
  await page.getByLabel("Layers").fill("40");
  const bare = perflaw(
    "predict",
    "--layers",
    "40",
    "--hidden",
    "8192",
    "--ffn",
    "28672",
    "--params",
    "70.6B",
    "--tokens",
    "15T",
    "--gamma",
    "1.5",
  ).mmlu;
  await says(page, "predict", bare.toFixed(2));
  await app.close(page);
});

test("models: a model is found by parts of its name, and its stack is said", async () => {
  const page = await app.open("#models");
  const names = () => page.getByLabel("Model", {exact: true}).locator("option").allTextContents();
  const all = await names();
  assert.ok(all.length >= 120);
  await page.getByLabel("Find a model").fill("next qwen3");
  assert.deepEqual(await names(), ["llama-3.1-70b", "qwen3-next-80b-a3b"]);
  await page.getByLabel("Find a model").press("Enter");
  await says(page, "count", "36 gated delta + 12 attention");
  await says(page, "count", "which does not grow");
  await page.getByLabel("Find a model").fill("");
  assert.deepEqual(await names(), all);
  await app.close(page);
});

test("models: a file that is no JSON is told by its name", async () => {
  const page = await app.open("#models");
  await page.getByLabel("Architecture from").selectOption("config");
  await page
    .getByLabel("Hugging Face config.json")
    .setInputFiles({name: "notes.json", mimeType: "application/json", buffer: Buffer.from("{oh")});
  await page.getByText("notes.json is not JSON").first().waitFor();
  await app.close(page);
});

test("models: a config that lacks a key is refused with its name", async () => {
  const page = await app.open("#models");
  await page.getByLabel("Architecture from").selectOption("config");
  await page.getByLabel("Hugging Face config.json").setInputFiles({
    name: "config.json",
    mimeType: "application/json",
    buffer: Buffer.from('{"model_type": "llama", "hidden_size": 64}'),
  });
  await until(
    () => page.getByRole("status").innerText(),
    (text) => /num_hidden_layers|vocab_size|intermediate_size/.test(text),
    "the missing key is named",
  );
  await app.close(page, [kRefused]);
});
