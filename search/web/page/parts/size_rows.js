// Benchmark scores: a row each. Values are [{benchmark, score}].

import {button, el, select} from "./dom.js";
import {numberPart} from "./inputs.js";

// What the catalog says of a benchmark, as [name, label].
const benchmarkPairs = (catalog) => catalog.benchmarks.map(({name}) => [name, name.replaceAll("_", " ")]);

function scaleHint(catalog, benchmark) {
  const known = catalog.benchmarks.find(({name}) => name === benchmark);
  return known?.max === undefined ? "" : `${known.min} to ${known.max} were seen`;
}

export class SizeRows {
  // `onRows(rows, committed)`
  constructor(catalog, onRows) {
    this.catalog = catalog;
    this.onRows = onRows;
    this.list = el("div", {class: "size-rows"});
    this.add = button("Add a benchmark", () => this.append());
    this.element = el("div", {class: "control"}, this.list, this.add);
  }

  show(rows) {
    const key = JSON.stringify(rows.map(({benchmark}) => benchmark));
    this.rows = rows;
    if (key !== this.key) this.rebuild();
    this.key = key;
    rows.forEach((row, i) => this.parts[i].show(row.score));
    this.add.hidden = rows.length >= this.catalog.benchmarks.length;
  }

  rebuild() {
    this.parts = this.rows.map(({benchmark}, i) =>
      numberPart({
        label: "Score",
        hint: scaleHint(this.catalog, benchmark),
        onValue: (score, committed) => this.change(i, {score}, committed),
      }),
    );
    this.list.replaceChildren(
      ...this.rows.map(({benchmark}, i) => {
        const name = select(
          benchmarkPairs(this.catalog),
          benchmark,
          (value) => this.change(i, {benchmark: value}, true),
          {
            "aria-label": `Benchmark ${i + 1}`,
          },
        );
        const remove = button(
          "×",
          () =>
            this.onRows(
              this.rows.filter((_, k) => k !== i),
              true,
            ),
          {class: "remove", "aria-label": `Remove ${benchmark}`},
        );
        return el("div", {class: "size-row"}, name, this.parts[i].element, remove);
      }),
    );
  }

  change(i, change, committed) {
    this.onRows(
      this.rows.map((row, k) => (k === i ? {...row, ...change} : row)),
      committed,
    );
  }

  append() {
    const free = this.catalog.benchmarks.find(({name}) => !this.rows.some(({benchmark}) => benchmark === name));
    this.onRows([...this.rows, {benchmark: free.name, score: undefined}], true);
  }

  // Where messages about a row's benchmark or score belong.
  places(prefix) {
    return [
      {path: prefix, element: this.element},
      {path: "score", element: this.element},
      {path: "benchmark", element: this.element},
    ];
  }
}
