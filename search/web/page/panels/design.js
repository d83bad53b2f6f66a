// One design in detail: what it consists of, costs and scores.

import {button, el} from "../parts/dom.js";
import {saveJson} from "../report/downloads.js";
import {DesignSlot, verdict} from "./design_slot.js";
import {breakdownTables, facts, shapeText} from "../parts/designs.js";

export class DesignPanel {
  // `onCompare(slot, point)`; `onRelease()` lets a picked design go.
  constructor({onCompare, onRelease}) {
    this.slot = new DesignSlot((design, problem) => this.draw(design, problem));
    this.onCompare = onCompare;
    this.onRelease = onRelease;
    this.body = el("div", {class: "design-body"});
    this.element = el(
      "section",
      {class: "design panel", "aria-label": "Design in detail"},
      el("h2", {}, "Design"),
      this.body,
    );
  }

  // `best`: the point is the best, not one that was picked.
  ask(point, study, best) {
    this.best = best;
    this.slot.ask(point, study);
  }

  draw(design, problem) {
    const {point} = this.slot;
    if (!design)
      return this.body.replaceChildren(
        el("p", {class: problem ? "problem" : "note"}, problem ?? "Pick a point of the front or a row of the table."),
        this.release(),
      );
    this.body.replaceChildren(
      el(
        "p",
        {class: "design-shape"},
        el("strong", {}, shapeText(design.row ?? point)),
        this.best ? " (the best)" : "",
      ),
      verdict(design),
      el(
        "div",
        {class: "actions"},
        design.export
          ? button("Hugging Face config", () => saveJson("config.json", design.export), {dataset: {download: "config"}})
          : "",
        button("Compare as A", () => this.onCompare("a", point)),
        button("Compare as B", () => this.onCompare("b", point)),
        this.release(),
      ),
      design.row ? facts(design.row) : "",
      design.breakdown ? breakdownTables(design.breakdown) : "",
    );
  }

  release() {
    return this.best || !this.slot.point ? "" : button("Back to the best", this.onRelease);
  }
}
