// A result as one HTML file that holds all it needs: it opens from disk without a network, prints, and is interactive
// where scripts run.

import {html, Markup} from "../parts/format.js";
import {view} from "./view.js";

/**
 * @param {object} result what `perflaw COMMAND --json` printed
 * @param {{echarts: string, charts: string, css: string, engine: object, nonce?: string}} assets texts of
 *   echarts.min.js, charts.js and report.css, and the echarts object itself; `nonce` lets the file's own scripts run and no others
 */
export function reportDocument(result, assets) {
  const {title, html: sections, pictures} = view(result);
  const drawings = Object.fromEntries(pictures.map((picture) => [picture.id, drawing(picture, assets.engine)]));
  const nonce = assets.nonce ?? randomNonce();
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-${nonce}';
  style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<title>${title} – perflaw</title>
<style>${new Markup(assets.css)}</style>
</head>
<body class="report">
<main>
<header><h1>${title}</h1></header>
${new Markup(withDrawings(sections, drawings))}
</main>
<script type="application/json" id="pictures">${asData(pictures.filter((p) => p.option))}</script>
<script nonce="${nonce}">${inScript(assets.echarts)}</script>
<script type="module" nonce="${nonce}">${inScript(assets.charts)}
mountCharts(document, JSON.parse(document.getElementById("pictures").textContent));
${new Markup(OPEN_FOR_PRINT)}</script>
</body>
</html>
`;
  return page.toString();
}

// Printed, a table that is folded away would be lost.
const OPEN_FOR_PRINT = `let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  opened.forEach((details) => { details.open = true; });
});
addEventListener("afterprint", () => opened.forEach((details) => { details.open = false; }));`;

/** A picture as a standalone SVG file. */
export function pictureSvg(picture, engine) {
  const named = (svg) => svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"');
  const svg = picture.option ? drawn(picture, engine) : named(picture.svg);
  const words = html`<title>${picture.title}</title><desc>${picture.description}</desc>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${svg.replace(/<svg[^>]*>/, (head) => head + words)}\n`;
}

// Widths of characters in ems, of a wide font: a reader's own may be narrower, and nothing may overlap.
const WIDTHS = [
  [/[ijlftrI.,:;|!() '-]/g, 0.38],
  [/[mwMW@%]/g, 0.97],
  [/[A-HJ-LN-VX-Z]/g, 0.7],
];
const USUAL_WIDTH = 0.63;

function measureText(text, font) {
  const size = Number(/([\d.]+)px/.exec(font ?? "")?.[1] ?? 12) * (/bold/.test(font) ? 1.1 : 1);
  const less = WIDTHS.reduce((sum, [kind, width]) => sum + (text.match(kind)?.length ?? 0) * (width - USUAL_WIDTH), 0);
  return {width: size * (text.length * USUAL_WIDTH + less)};
}

// Without its styles, which are for pointers over it. Without a canvas the engine takes texts for narrower than they are.
function drawn({option, width, height}, engine) {
  if (typeof document === "undefined") engine.setPlatformAPI({measureText});
  const chart = engine.init(null, null, {renderer: "svg", ssr: true, width, height});
  chart.setOption(option);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg.replace(/<style[\s\S]*?<\/style>/g, "");
}

// Ids and classes count up from 0 in every process, so those of the interactive charts would be the same.
function drawing(picture, engine) {
  if (!picture.option) return picture.svg;
  const svg = drawn(picture, engine).replace(/\bzr\d+-/g, (id) => `${picture.id}-${id}`);
  return svg.replace(/ xmlns(:xlink)?="[^"]*"/g, "");
}

function withDrawings(sections, drawings) {
  const slot = /<figure data-picture="([^"]*)">[\s\S]*?<div class="chart"[^>]*>/g;
  return sections.replace(slot, (head, id) => `${head}<div class="still">${drawings[id] ?? ""}</div>`);
}

// Within JSON, < stands in strings alone.
function asData(value) {
  return new Markup(JSON.stringify(value).replaceAll("<", "\\u003c"));
}

// Nothing within a script element may end it.
function inScript(text) {
  return new Markup(text.replace(/<\/(script)/gi, "<\\/$1").replace(/<!--/g, "<\\!--"));
}

function randomNonce() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
