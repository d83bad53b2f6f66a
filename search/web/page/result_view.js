// A result as its report shows it, with live charts. Drawn only while unfolded, and not while answers follow each other.

import {mountCharts} from "./charts.js";
import {el} from "./dom.js";
import {view} from "./view.js";

const kRestMs = 250;

// Draws a result into `place`; gives what takes the charts away.
export function drawResult(place, result) {
  const {html, pictures} = view(result);
  place.innerHTML = String(html);
  settle(place);
  return mountCharts(place, pictures, {});
}

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
    this.element = el("details", {class: "full panel", on: {toggle: () => this.draw()}}, el("summary", {}, title), this.body);
  }

  // `result()` is asked for when it is drawn.
  show(result) {
    this.result = result;
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.draw(), kRestMs);
  }

  draw() {
    this.dispose?.();
    this.dispose = null;
    const result = this.element.open && this.result?.();
    if (result) this.dispose = drawResult(this.body, result);
    else this.body.replaceChildren();
  }
}
