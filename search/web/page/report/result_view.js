// A result as its report shows it, with live charts. Drawn only while unfolded, and not while answers follow each other.

import {mountCharts} from "./charts.js";
import {el, keepingHeight} from "../parts/dom.js";
import {view} from "./view.js";

const kRestMs = 250;

// What was folded or unfolded by hand in a place, by name.
const kFolds = new WeakMap();

// Draws a result into `place` and gives what takes the charts away; `dispose` takes away those of the result before.
// What stays of that one: the height until this one stands, and what was folded or unfolded.
export function drawResult(place, result, dispose) {
  const {html, pictures} = view(result);
  const folds = kFolds.get(place) ?? new Map();
  kFolds.set(place, folds);
  for (const fold of place.querySelectorAll("details")) folds.set(nameOf(fold), fold.open);
  let mounted;
  keepingHeight(place, () => {
    dispose?.();
    place.innerHTML = String(html);
    settle(place);
    for (const fold of place.querySelectorAll("details")) fold.open = folds.get(nameOf(fold)) ?? fold.open;
    mounted = mountCharts(place, pictures, {});
  });
  return mounted;
}

const nameOf = (fold) => fold.closest("figure")?.dataset.picture ?? fold.querySelector("summary").textContent;

// Beside a form that shows what was asked, that section and where the answer comes from are folded, and headings that every answer has go unseen.
function settle(place) {
  for (const heading of place.querySelectorAll(".result > section > h2")) {
    if (["Answer", "Pictures"].includes(heading.textContent)) heading.className = "unseen";
    if (!["What was asked", "Provenance"].includes(heading.textContent)) continue;
    const section = heading.parentElement;
    heading.remove();
    section.replaceChildren(el("details", {}, el("summary", {}, heading.textContent), ...section.childNodes));
  }
}

export class ResultView {
  constructor(title) {
    this.body = el("div", {class: "answer-body"});
    this.element = el(
      "details",
      {class: "full panel", on: {toggle: () => this.draw()}},
      el("summary", {}, title),
      this.body,
    );
  }

  // `result()` is asked for when it is drawn.
  show(result) {
    this.result = result;
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.draw(), kRestMs);
  }

  draw() {
    const result = this.element.open && this.result?.();
    if (result) return (this.dispose = drawResult(this.body, result, this.dispose));
    this.dispose?.();
    this.dispose = null;
    this.body.replaceChildren();
  }
}
