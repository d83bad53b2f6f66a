// A drawing from a file, rebuilt from what draws and nothing else: it can load nothing and run nothing.

import {escapeHtml} from "../parts/format.js";

const TAGS = new Set([
  "svg",
  "g",
  "path",
  "rect",
  "circle",
  "ellipse",
  "line",
  "polyline",
  "polygon",
  "text",
  "tspan",
  "defs",
  "use",
  "clipPath",
  "pattern",
  "marker",
  "linearGradient",
  "radialGradient",
  "stop",
  "filter",
  "feFlood",
  "feComposite",
]);
const GEOMETRY = "d|x|y|x1|y1|x2|y2|cx|cy|r|rx|ry|dx|dy|points|width|height|viewBox|transform|offset|refX|refY|orient";
const LOOK = "fill|fill-[a-z]+|stroke|stroke-[a-z]+|opacity|color|font-[a-z]+|text-[a-z]+|dominant-baseline|xml:space";
const LINKS = "id|class|href|xlink:href|clip-path|filter|marker-[a-z]+|in|in2|result|operator";
const MORE = "stop-[a-z]+|flood-[a-z]+|clipPathUnits|gradientUnits|patternUnits|markerWidth|markerHeight";
const ATTRIBUTE = new RegExp(`^(${GEOMETRY}|${LOOK}|${LINKS}|${MORE})$`);

/**
 * @param {string} text an SVG file; @param {string} prefix put before its ids, which several drawings in one page may share
 * @returns {{svg: string, width: number, height: number}}
 */
export function safeSvg(text, prefix) {
  const begin = text.indexOf("<svg");
  const plain = text.slice(begin < 0 ? text.length : begin).replace(/<!--[\s\S]*?-->/g, "");
  let svg = "";
  let skipped = null; // inside an element that is left out whole
  let size = {width: 720, height: 480};
  const token = /<(\/?)([a-zA-Z:]+)((?:\s+[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)|</g;
  for (const [, closing, tag, attributes, empty, words] of plain.matchAll(token)) {
    if (words !== undefined) {
      if (!skipped) svg += escapeHtml(unescapeXml(words));
    } else if (skipped) {
      if (closing && tag === skipped) skipped = null;
    } else if (!TAGS.has(tag)) {
      if (tag && !closing && !empty) skipped = tag;
    } else if (closing) {
      svg += `</${tag}>`;
    } else {
      const kept = attributesOf(attributes, prefix);
      if (tag === "svg" && svg === "") size = sizeOf(kept) ?? size;
      svg += `<${tag}${kept.map(([name, value]) => ` ${name}="${escapeHtml(value)}"`).join("")}${empty ? "/" : ""}>`;
    }
  }
  return {svg, ...size};
}

function attributesOf(text, prefix) {
  const kept = [];
  for (const [, name, double, single] of text.matchAll(/([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    const value = unescapeXml(double ?? single);
    if (!ATTRIBUTE.test(name)) continue;
    if (name.endsWith("href")) {
      if (value.startsWith("#")) kept.push(["href", `#${prefix}-${value.slice(1)}`]);
    } else if (name === "id") {
      kept.push([name, `${prefix}-${value}`]);
    } else if (/url\s*\(/i.test(value)) {
      const own = /^url\(\s*['"]?#([\w-]+)['"]?\s*\)$/.exec(value);
      if (own) kept.push([name, `url(#${prefix}-${own[1]})`]);
    } else {
      kept.push([name, value]);
    }
  }
  return kept;
}

function sizeOf(attributes) {
  const {width, height} = Object.fromEntries(attributes);
  return Number(width) > 0 && Number(height) > 0 ? {width: Number(width), height: Number(height)} : null;
}

const XML = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
};

function unescapeXml(text) {
  return text
    .replace(/&(amp|lt|gt|quot|apos);/g, (entity) => XML[entity])
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Math.min(Number(code), 0x10ffff)));
}
