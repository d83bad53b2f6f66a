// Health: a training curve beside the law's.

import {pack, unpack} from "../parts/address.js";
import {AskPanel} from "../panels/ask.js";
import {AskTab} from "./ask_tab.js";
import {button, el} from "../parts/dom.js";
import {dropPart} from "../parts/files.js";
import {choicePart} from "../parts/inputs.js";
import {ModelPicker, fileNote} from "../panels/model_picker.js";
import {textPart} from "../parts/text_part.js";

// A run of Llama 3.1 70B's shape that follows the law with some noise until 8T tokens, and then falls.
const kSample = {
  name: "sample.csv",
  text: "tokens,mmlu\n0.5T,59.8\n1T,64.1\n2T,67.2\n3T,70.1\n4T,71.2\n5T,72.6\n6T,73.4\n7T,74.6\n8T,74.9\n9T,73.8\n10T,72.1\n11T,70.6\n12T,68.9\n",
};

export class HealthTab extends AskTab {
  constructor(app) {
    super(app);
    const {catalog} = app;
    this.curve = dropPart({
      label: "Training curve",
      accept: ".csv,.jsonl,.json,text/csv",
      onText: (name, text) => this.take(name, text),
    });
    this.curveNote = el("p", {class: "note"});
    this.references = dropPart({
      label: "Earlier healthy runs (optional)",
      accept: ".csv,.jsonl,.json,text/csv",
      multiple: true,
      onText: (name, text) => this.addReference(name, text),
    });
    this.list = el("ul", {class: "files"});
    this.model = new ModelPicker(catalog, {first: "llama-3.1-70b", onChange: (committed) => this.changed(committed)});
    this.law = choicePart({
      label: "Law",
      pairs: catalog.laws.map((name) => [name, name]),
      onValue: (law) => this.set({law}),
    });
    this.select = textPart({
      label: "Model in the file",
      hint: "for a table of several runs",
      onValue: (select, committed) => this.set({select}, committed),
    });
    this.panel = new AskPanel(app, {
      name: "health",
      kind: "request",
      title: "Health of the run",
      rows: (result) => result.curve,
      onProblem: (message) => this.complain(message),
    });
    this.form = el(
      "div",
      {class: "side"},
      this.curve.element,
      this.curveNote,
      el(
        "p",
        {class: "hint"},
        "CSV or JSON lines with tokens and mmlu (0.5T and 0.5e12 are both read), or a result file of lm-evaluation-harness.",
      ),
      button("Use a sample curve", () => this.take(kSample.name, kSample.text)),
      this.model.element,
      this.references.element,
      this.list,
      this.law.element,
      this.select.element,
    );
    this.element = el("div", {class: "ask-tab"}, this.form, el("div", {class: "main"}, this.panel.element));
  }

  async show(values) {
    const {curve, name, law, select, ref, ...model} = values;
    this.state = {
      packed: curve,
      name,
      law: law ?? this.app.catalog.laws[0],
      select,
      references: [],
      ref,
    };
    const ready = this.model.show(model);
    this.draw();
    await ready;
    this.state.text = curve ? await unpack(curve).catch(() => null) : null;
    if (ref) this.state.references = await unpack(ref).then(filesOf, () => []);
    this.draw();
    this.ask();
  }

  values() {
    const {packed, name, law, select, ref} = this.state;
    return {...this.model.values(), curve: packed, name, law, select, ref};
  }

  lawName() {
    return this.state.law;
  }

  // Of files that come at once the last counts, however long each takes to pack.
  async take(name, text) {
    this.taken = text;
    const packed = (await pack(text)) ?? "-";
    if (this.taken === text) this.set({name, text, packed});
  }

  addReference(name, text) {
    this.setReferences([...this.state.references, {name, text}]);
  }

  // They are asked with at once, as more may come meanwhile; the address follows when the last is packed.
  async setReferences(references) {
    this.state = {...this.state, references};
    this.draw();
    this.ask();
    const ref = references.length ? ((await pack(JSON.stringify(references))) ?? "-") : "";
    if (this.state.references === references) this.set({ref});
  }

  draw() {
    const {name, text, packed, law, select, references} = this.state;
    this.curveNote.textContent = fileNote(name, text, packed !== "-" && packed);
    this.law.show(law);
    this.select.show(select);
    this.list.replaceChildren(
      ...references.map((file, i) =>
        el(
          "li",
          {},
          file.name,
          " ",
          button("×", () => this.setReferences(references.filter((_, k) => k !== i)), {
            class: "remove",
            "aria-label": `Remove ${file.name}`,
          }),
        ),
      ),
    );
  }

  ask() {
    const {text, name, select, references, law} = this.state;
    const model = this.model.body();
    const missing = !text ? "Choose or drop a training curve, or take the sample." : !model ? this.model.missing() : "";
    this.panel.ask(missing ? null : {curve: text, name, select: select ?? "", references, law, ...model}, missing);
  }

  complain(message) {
    this.tell(message, [
      ...this.model.places(),
      {path: "curve", element: this.curve.element},
      {path: this.state.name, element: this.curve.element},
      {path: "select", element: this.select.element},
      {path: "law", element: this.law.element},
    ]);
  }
}

// The references of an address; none if it holds something else.
function filesOf(text) {
  try {
    const files = JSON.parse(text);
    return Array.isArray(files) && files.every((file) => typeof file?.text === "string") ? files : [];
  } catch {
    return [];
  }
}
