// The page for everyone: on a phone, by keyboard, by a screen reader, without motion.

import assert from "node:assert/strict";
import {after, before, test} from "node:test";
import {axeSource, explorer, kPhone, kWide, preset, screenshot, search, showsBest, slide, until} from "./explorer.mjs";

const app = explorer({before, after});

const kTabs = ["search", "health", "invert", "size", "models"];

// Shows a tab with an answer in it.
async function show(page, tab) {
  if (tab === "search") {
    await page.locator(".front-figure svg").waitFor();
    await page.locator(".design .tables").waitFor();
    await page.getByRole("button", {name: "Compare as A: design 1", exact: true}).click();
    await page.getByRole("button", {name: "Compare as B: design 2", exact: true}).click();
    await page.locator(".comparison").waitFor();
    return;
  }
  if (tab === "health") await page.getByRole("button", {name: "Use a sample curve"}).click();
  await page.locator(".answer-body svg").first().waitFor();
}

// Serious violations that axe finds, and whether anything is wider than the screen.
async function isForEveryone(page, viewport) {
  const {violations} = await page.evaluate(() => globalThis.axe.run(document, {resultTypes: ["violations"]}));
  const serious = violations.filter(({impact}) => ["serious", "critical"].includes(impact));
  assert.deepEqual(
    serious.map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html.slice(0, 160)).join(" | ")}`),
    [],
  );
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= viewport.width, `the page is ${wide} px wide on a screen of ${viewport.width}`);
}

for (const tab of kTabs) {
  test(`${tab}: no serious accessibility violation and nothing wider than the screen, at a desk and on a phone`, async () => {
    const page = await app.open(`#${tab}`);
    await show(page, tab);
    await page.evaluate(axeSource());
    for (const [size, viewport] of [
      ["wide", kWide],
      ["phone", kPhone],
    ]) {
      await page.setViewportSize(viewport);
      await until(
        () =>
          page
            .locator(".live svg")
            .first()
            .evaluate((svg) => svg.getBoundingClientRect().right),
        (right) => right <= viewport.width,
        "the chart fits",
      );
      await screenshot(page, `${tab}-${size}`);
      await isForEveryone(page, viewport);
    }
    await app.close(page);
  });
}

test("all groups of the study unfolded: accessible, and within a phone", async () => {
  const page = await app.open("#search", {viewport: kPhone});
  await page.locator(".front-figure svg").waitFor();
  const folded = page.locator(".group:not([open]) > summary, .full:not([open]) > summary");
  while (await folded.count()) await folded.first().click();
  await page.locator(".full .answer-body svg").first().waitFor();
  await screenshot(page, "search-phone-unfolded");
  await page.evaluate(axeSource());
  await isForEveryone(page, kPhone);
  await app.close(page);
});

test("on a phone the controls can be used, and the best stays in sight while they move", async () => {
  const page = await app.open("#search?study=inference-bound", {viewport: kPhone, hasTouch: true, isMobile: true});
  const study = preset("inference-bound");
  await showsBest(page, search(study).best[0]);
  for (const name of ["Days, slider", "MFU, slider", "Gamma, slider"]) {
    const box = await page.getByRole("slider", {name, exact: true}).boundingBox();
    assert.ok(
      box.width >= 200 && box.height >= 24 && box.x >= 0 && box.x + box.width <= kPhone.width,
      `${name}: ${JSON.stringify(box)}`,
    );
  }
  const gamma = page.getByRole("slider", {name: "Gamma, slider", exact: true});
  await gamma.scrollIntoViewIfNeeded();
  await (await slide(page, "Gamma, slider", [300])).release();
  await showsBest(page, search({...study, gamma: 1.9}).best[0]);
  const [headline, slider] = [await page.locator(".headline-row").boundingBox(), await gamma.boundingBox()];
  assert.ok(headline.y >= 0 && headline.y + headline.height <= slider.y, "the best is on the screen, above the slider");
  await app.close(page);
});

test("tabs and sliders work by keyboard alone, and focus is seen", async () => {
  const page = await app.open("#search?study=inference-bound");
  await showsBest(page, search(preset("inference-bound")).best[0]);
  const tab = (name) => page.getByRole("tab", {name});
  const focused = () => page.evaluate(() => document.activeElement.id);
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "tab-search");
  assert.notEqual(await tab("Search").evaluate((element) => getComputedStyle(element).outlineStyle), "none");
  await page.keyboard.press("ArrowRight");
  assert.equal(await focused(), "tab-health");
  await page.keyboard.press("End");
  assert.equal(await focused(), "tab-models");
  assert.equal(await tab("Models").getAttribute("aria-selected"), "true");
  await page.keyboard.press("ArrowRight");
  assert.equal(await focused(), "tab-search");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Home");
  assert.equal(await focused(), "tab-search");
  assert.equal(await page.getByRole("tabpanel").count(), 1);

  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.closest("[role=tabpanel]").id), "panel-search");
  await page.getByRole("slider", {name: "MFU, slider"}).focus();
  const before = await page.getByLabel("MFU", {exact: true}).inputValue();
  for (let i = 0; i < 20; ++i) await page.keyboard.press("ArrowRight");
  const mfu = Number(await page.getByLabel("MFU", {exact: true}).inputValue());
  assert.ok(mfu > Number(before), `${mfu} after ${before}`);
  const study = preset("inference-bound");
  await showsBest(page, search({...study, budget: {...study.budget, mfu}}).best[0]);

  await page.getByRole("button", {name: "Show design 2", exact: true}).press("Enter");
  await until(
    () => page.evaluate(() => document.activeElement.getAttribute("aria-label")),
    (text) => text === "Show design 2",
    "focus stays on the row",
  );
  await app.close(page);
});

test("nothing moves for those who asked for that", async () => {
  const page = await app.open("#search", {reducedMotion: "reduce"});
  await page.locator(".front-figure svg").waitFor();
  const moving = await page.evaluate(() =>
    [...document.querySelectorAll("*")]
      .filter((element) => {
        const {transitionDuration, animationName} = getComputedStyle(element);
        return animationName !== "none" || transitionDuration.split(", ").some((time) => parseFloat(time) > 0);
      })
      .map((element) => element.outerHTML.slice(0, 100)),
  );
  assert.deepEqual(moving, []);
  await app.close(page);
});
