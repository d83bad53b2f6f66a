// The real server and a real browser, as the tests of the page use them.

import assert from "node:assert/strict";
import {spawn, spawnSync} from "node:child_process";
import fs from "node:fs";
import {createRequire} from "node:module";
import os from "node:os";
import path from "node:path";

const require = createRequire(`${process.env.PERFLAW_NPM}/`);
const {chromium} = require("playwright-core");
export const axeSource = () => fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const kWide = {width: 1440, height: 900};
export const kPhone = {width: 390, height: 844};

const kFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

// Starts `perflaw serve` on a free port; its first line of output holds the address.
function startServer() {
  const child = spawn(process.env.PERFLAW, ["serve", "--port", "0"], {stdio: ["ignore", "pipe", "inherit"]});
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (data) => {
      text += data;
      const url = /http:\/\/[\d.:[\]a-z]+/.exec(text)?.[0];
      if (url) resolve({child, url});
    });
    child.on("exit", (code) => reject(new Error(`perflaw serve ended with ${code}`)));
  });
}

// Before and after hooks of a test file; `open(hash, options)` gives a page whose problems fail `close`.
export function explorer({before, after}) {
  const all = {};
  before(async () => {
    const {child, url} = await startServer();
    Object.assign(all, {
      child,
      url,
      browser: await chromium.launch({executablePath: "/usr/bin/chromium", args: kFlags}),
    });
  });
  after(async () => {
    await all.browser?.close();
    all.child?.kill("SIGTERM");
  });
  all.open = async (hash = "", {viewport = kWide, ...more} = {}) => {
    const context = await all.browser.newContext({viewport, acceptDownloads: true, ...more});
    const page = await context.newPage();
    page.setDefaultTimeout(10000);
    page.problems = watch(page, all.url);
    await page.goto(`${all.url}/${hash}`);
    await page.getByRole("tabpanel").waitFor();
    return page;
  };
  all.close = async (page, expected = []) => {
    const unexpected = page.problems.filter((text) => !expected.some((pattern) => pattern.test(text)));
    await page.context().close();
    assert.deepEqual(unexpected, []);
  };
  return all;
}

// Everything that a healthy page has none of. A request that gave way to a newer one is no problem.
function watch(page, url) {
  const problems = [];
  page.on(
    "console",
    (message) => ["error", "warning"].includes(message.type()) && problems.push(`console: ${message.text()}`),
  );
  page.on("pageerror", (error) => problems.push(`page error: ${error.message}`));
  page.on(
    "requestfailed",
    (request) => request.failure().errorText !== "net::ERR_ABORTED" && problems.push(`failed: ${request.url()}`),
  );
  page.on("request", (request) => {
    const to = new URL(request.url());
    if (!["data:", "blob:"].includes(to.protocol) && to.origin !== url)
      problems.push(`another origin: ${request.url()}`);
  });
  return problems;
}

// The browser writes a line for each answer of status 400, which is what a wrong input gets.
export const kRefused = /status of 400/;

// What the command line answers; status 3 says that nothing is feasible.
export function perflaw(...args) {
  const {status, stdout, stderr} = spawnSync(process.env.PERFLAW, [...args, "--json"], {
    encoding: "utf8",
    maxBuffer: 1e8,
  });
  assert.ok(status === 0 || status === 3, stderr);
  return JSON.parse(stdout);
}

export function scratch(name, content) {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "perflaw_page_")), name);
  fs.writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

export const search = (study) => perflaw("search", scratch("study.json", study));

// A preset, without its comments.
export function preset(name, kind = "studies") {
  const text = fs.readFileSync(`configs/${kind}/${name}.json`, "utf8");
  return JSON.parse(text.replace(/("(?:[^"\\]|\\.)*")|\/\/.*$/gm, (_, kept) => kept ?? ""));
}

// Waits until `read()` gives what `ok` accepts: pages answer in their own time.
export async function until(read, ok, what) {
  const end = Date.now() + 10000;
  let last;
  do {
    last = await read();
    if (ok(last)) return last;
    await new Promise((resolve) => setTimeout(resolve, 25));
  } while (Date.now() < end);
  assert.fail(`${what}; last: ${JSON.stringify(last)?.slice(0, 500)}`);
}

const bestOf = (page) => page.locator("[data-best]").getAttribute("data-best");

// The best on the page is, to the digit, the row given; null where nothing is feasible.
export async function showsBest(page, row) {
  const text = await until(
    () => bestOf(page),
    (shown) => shown === (row ? JSON.stringify(row) : ""),
    `the page shows ${JSON.stringify(row)?.slice(0, 200)}`,
  );
  return text;
}

// Moves a slider as a hand does: several inputs, then one change.
export async function slide(page, name, positions) {
  const slider = page.getByRole("slider", {name, exact: true});
  for (const position of positions) {
    await slider.evaluate((element, value) => {
      element.value = value;
      element.dispatchEvent(new Event("input", {bubbles: true}));
    }, position);
  }
  return {release: () => slider.evaluate((element) => element.dispatchEvent(new Event("change", {bubbles: true})))};
}

// For people to look at; a no-op unless SCREENSHOTS names a folder.
export async function screenshot(page, name) {
  const folder = process.env.SCREENSHOTS;
  if (folder) await page.screenshot({path: path.join(folder, `${name}.png`), fullPage: true});
}
