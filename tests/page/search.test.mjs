// The Search tab, as someone who looks for an architecture uses it; every number against the command line's.

import assert from "node:assert/strict";
import {after, before, test} from "node:test";
import {explorer, kRefused, preset, search, showsBest, slide, until} from "./explorer.mjs";

const app = explorer({before, after});

test("the best of every preset is the command line's", async () => {
  const page = await app.open();
  for (const name of [
    "authors-planner",
    "cheapest-70-mmlu",
    "inference-bound",
    "laptop-tiny",
    "lifetime-cost",
    "moe-every-integer",
    "1024xh100-30d",
  ]) {
    await page.getByLabel("Start from").selectOption(name);
    await showsBest(page, search(preset(name)).best[0]);
  }
  await app.close(page);
});

test("the best follows the sliders, at once and to the digit", async () => {
  const page = await app.open("#search?study=inference-bound");
  const study = preset("inference-bound");
  await showsBest(page, search(study).best[0]);

  const gamma = await slide(page, "Gamma, slider", [100, 200, 300]);
  await until(
    () => page.getByLabel("Gamma", {exact: true}).inputValue(),
    (text) => text === "1.9",
    "the number follows its slider",
  );
  await showsBest(page, search({...study, gamma: 1.9}).best[0]);
  await gamma.release();

  const days = await slide(page, "Days, slider", [400, 700]);
  const shown = Number(await page.getByLabel("Days", {exact: true}).inputValue());
  await showsBest(page, search({...study, gamma: 1.9, budget: {...study.budget, days: shown}}).best[0]);
  await days.release();
  await app.close(page);
});

test("a slider of accelerators keeps the parallel sizes consistent", async () => {
  const page = await app.open();
  const study = preset("1024xh100-30d");
  await (await slide(page, "Accelerators, slider", [560, 520])).release();
  const count = Number(
    await page.locator("[data-group=budget]").getByLabel("Accelerators", {exact: true}).inputValue(),
  );
  assert.equal(count % 64, 0);
  const expected = search({
    ...study,
    budget: {...study.budget, count},
    training: {...study.training, data_parallel: count / 8},
  });
  await showsBest(page, expected.best[0]);
  await app.close(page);
});

test("limits are added, moved and removed", async () => {
  const page = await app.open("#search?study=inference-bound");
  const study = preset("inference-bound");
  await showsBest(page, search(study).best[0]);
  await page.getByLabel("Metric of a new limit").selectOption("total_params");
  await page.getByRole("button", {name: "Add limit"}).click();
  const limit = page.getByLabel("Total parameters, at most", {exact: true});
  await limit.fill("8B");
  await showsBest(page, search({...study, constraints: {...study.constraints, total_params: {max: "8B"}}}).best[0]);
  await page.getByRole("button", {name: "Remove: Total parameters, at most"}).click();
  await showsBest(page, search(study).best[0]);
  assert.equal(await limit.count(), 0);
  await app.close(page);
});

test("what the form says of a study is what is asked", async () => {
  const page = await app.open("#search?study=laptop-tiny");
  const study = preset("laptop-tiny");
  await page.getByRole("button", {name: "Remove: KV cache per token, at most"}).click();
  await page.getByText("Space", {exact: true}).first().click();
  await page.getByLabel("Layers: form").selectOption("list");
  const layers = page.locator("[data-group=space]").getByLabel("Values").first();
  await layers.fill("20, 24, 28");
  await page.getByText("Template", {exact: true}).first().click();
  await page.getByLabel("Norm of q and k").selectOption("head");
  await page.getByText("Training memory", {exact: true}).first().click();
  await page.getByLabel("ZeRO stage").selectOption("3");
  await page.getByText("Serving", {exact: true}).first().click();
  await page.getByLabel("Serving is part of the study").uncheck();
  await page.getByText("Objective and search").first().click();
  await page.getByLabel("Objective: form").selectOption("minimize");
  await page.getByLabel("Metric", {exact: true}).selectOption("total_params");
  const expected = {
    ...study,
    space: {...study.space, layers: [20, 24, 28]},
    objective: {minimize: "total_params"},
    template: {...study.template, qk_norm: "head"},
    training: {...study.training, zero: 3},
  };
  delete expected.inference;
  delete expected.constraints.kv_bytes_per_token;
  await showsBest(page, search(expected).best[0]);
  await app.close(page);
});

test("a wrong value is told beside its control and aloud", async () => {
  const page = await app.open();
  const mfu = page.getByLabel("MFU", {exact: true});
  await mfu.fill("2");
  const complaint = page.locator("[data-group=budget] .complaint");
  await complaint.waitFor();
  assert.match(await complaint.innerText(), /budget\.mfu = 2: must be/);
  assert.equal(await mfu.getAttribute("aria-invalid"), "true");
  assert.match(await page.getByRole("status").innerText(), /budget\.mfu/);
  await mfu.fill("0.5");
  await complaint.waitFor({state: "detached"});
  assert.equal(await page.getByRole("status").textContent(), "");
  const study = preset("1024xh100-30d");
  await showsBest(page, search({...study, budget: {...study.budget, mfu: 0.5}}).best[0]);
  await app.close(page, [kRefused]);
});

test("where nothing is feasible the page says what would let a design in, and does it", async () => {
  const page = await app.open("#search?study=1024xh100-30d&constraints.decode_tokens_per_second.min=4000");
  await showsBest(page, null);
  const study = preset("1024xh100-30d");
  const tight = (min) => ({...study, constraints: {...study.constraints, decode_tokens_per_second: {min}}});
  const {relaxation, rejected} = search(tight(4000));
  const section = page.getByRole("region", {name: "Nothing is feasible"});
  await section.locator(".rejections tbody tr").first().waitFor();
  assert.equal(
    await section.locator(".rejections tbody tr").count(),
    Object.values(rejected).filter((points) => points > 0).length,
  );
  await section.getByRole("button", {name: /Set Decode speed, at least/}).click();
  const limit = Number(await page.getByLabel("Decode speed, at least", {exact: true}).inputValue());
  assert.ok(
    limit <= relaxation["decode_tokens_per_second.min"] && limit > 0.98 * relaxation["decode_tokens_per_second.min"],
  );
  await showsBest(page, search(tight(limit)).best[0]);
  await app.close(page);
});

// Where a point of the front's chart is on the screen, and the row that it stands for.
async function pointOfFront(page, series, index) {
  return page.locator(".front-figure .live").evaluate(
    (live, [s, i]) => {
      const chart = globalThis.echarts.getInstanceByDom(live);
      const point = chart.getOption().series[s].data[i].value;
      const [x, y] = chart.convertToPixel({seriesIndex: s}, point);
      return {x, y};
    },
    [series, index],
  );
}

test("a click on the front shows that design; the front is the command line's", async () => {
  const page = await app.open();
  const study = {...preset("1024xh100-30d"), pareto: ["mmlu", "decode_tokens_per_second"], resolution: {mmlu: 0.05}};
  const {front} = search(study);
  const figure = page.locator(".front-figure");
  await figure.locator("svg").waitFor();
  assert.match(await figure.locator("figcaption").innerText(), new RegExp(`^${front.length} designs`));
  const at = await pointOfFront(page, 0, front.length - 1);
  await figure.locator(".live").click({position: at});
  const fastest = front.reduce((a, b) => (b.decode_tokens_per_second > a.decode_tokens_per_second ? b : a));
  const design = page.getByRole("region", {name: "Design in detail"});
  await until(
    () => design.locator(".design-shape").innerText(),
    (text) => text.includes(`${fastest.layers} layers × ${fastest.hidden} hidden × ${fastest.ffn} FFN`),
    "the design is the one clicked",
  );
  await design.getByText("Parameters by block").waitFor();
  assert.match(page.url(), new RegExp(`pick=${fastest.layers}-${fastest.hidden}-${fastest.ffn}-`));
  await app.close(page);
});

test("the front's metrics can be chosen", async () => {
  const page = await app.open("#search?study=laptop-tiny");
  await page.getByLabel("Front, second metric").selectOption("weight_bytes");
  const {front} = search({...preset("laptop-tiny"), pareto: ["mmlu", "weight_bytes"], resolution: {mmlu: 0.05}});
  await until(
    () => page.locator(".front-figure figcaption").innerText(),
    (text) => text.startsWith(`${front.length} designs`) && text.includes("weights"),
    "the front is of weights",
  );
  await app.close(page);
});

test("why not: a design that breaks a limit is told which, one that stands is told how far behind", async () => {
  const page = await app.open("#search?study=inference-bound");
  const study = preset("inference-bound");
  const {best} = search(study);
  await showsBest(page, best[0]);
  const why = page.getByRole("region", {name: "Why not another design"});
  const ask = async (values) => {
    for (const [label, value] of Object.entries(values)) await why.getByLabel(label, {exact: true}).fill(String(value));
    await why.getByRole("button", {name: "Why not?"}).click();
  };
  const dense = {Experts: 1, "Active experts": 1, "Shared experts": 0};
  await ask({Layers: 100, "Hidden size": 8192, "FFN size": 32768, ...dense});
  await why.getByText("Not feasible here:").waitFor();
  assert.match(await why.locator(".breaks").innerText(), /kv_bytes_per_token must be at most 60000/);

  const second = best[1];
  await ask({
    Layers: second.layers,
    "Hidden size": second.hidden,
    "FFN size": second.ffn,
    Experts: second.experts,
    "Active experts": second.experts_active,
  });
  await why
    .getByText(`It scores ${(best[0].mmlu_raw - second.mmlu_raw).toFixed(3)} MMLU less than the best.`)
    .waitFor();
  await app.close(page);
});

test("two designs stand side by side with their difference", async () => {
  const page = await app.open("#search?study=inference-bound");
  const {best, best_moe: moe} = search(preset("inference-bound"));
  await page.getByRole("button", {name: "Compare as A: design 1", exact: true}).click();
  // The best of its kind has a row of its own only where it is not listed.
  const listed = best.findIndex(({index}) => index === moe.index);
  assert.equal(await page.getByRole("button", {name: "Compare as B: the best MoE design"}).count(), listed < 0 ? 1 : 0);
  const name = listed < 0 ? "the best MoE design" : `design ${listed + 1}`;
  await page.getByRole("button", {name: `Compare as B: ${name}`, exact: true}).click();
  const row = page.locator(".comparison tr", {hasText: "Layers"});
  const cells = () => row.locator("td").allInnerTexts();
  const difference = moe.layers - best[0].layers;
  await until(
    cells,
    (texts) => texts[0] === String(best[0].layers) && texts[1] === String(moe.layers),
    "layers of both",
  );
  assert.equal((await cells())[2], `${difference < 0 ? "−" : "+"}${Math.abs(difference)}`);
  await app.close(page);
});

test("a picked row of the table exports its Hugging Face config", async () => {
  const page = await app.open("#search?study=inference-bound");
  const {best} = search(preset("inference-bound"));
  await page.getByRole("button", {name: "Show design 3", exact: true}).click();
  const design = page.getByRole("region", {name: "Design in detail"});
  await until(
    () => design.locator(".design-shape").innerText(),
    (text) => text.startsWith(`${best[2].layers} layers`),
    "the third design",
  );
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    design.getByRole("button", {name: "Hugging Face config"}).click(),
  ]);
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  const config = JSON.parse(Buffer.concat(chunks));
  assert.equal(config.num_hidden_layers, best[2].layers);
  assert.equal(config.hidden_size, best[2].hidden);
  await app.close(page);
});
