// All of a study as a form: a group of controls that folds for each of its blocks.

import {buildControl} from "./controls.js";
import {clearComplaints, complainAt} from "./complaints.js";
import {el} from "./dom.js";
import {edited} from "./study_edit.js";
import {kGroups} from "./study_parts.js";

export class StudyForm {
  // `onChange(study, committed)` hears of every edit; `best()` gives the best design's row or null.
  constructor(catalog, {onChange, best}) {
    this.onChange = onChange;
    this.study = null;
    const change = (path, value, committed) => this.edit(path, value, committed);
    this.groups = kGroups.map((group) => new Group(group, {catalog, best, change}));
    this.element = el(
      "div",
      {class: "study-form"},
      this.groups.map((group) => group.element),
    );
  }

  edit(path, value, committed) {
    this.change({[path]: value}, committed);
  }

  // Several values by path, as one edit.
  change(values, committed) {
    const study = Object.entries(values).reduce((before, [path, value]) => edited(before, path, value), this.study);
    this.show(study);
    this.onChange(study, committed);
  }

  show(study) {
    this.study = study;
    for (const group of this.groups) group.show(study);
  }

  // Puts a message beside the control that it names, if one is there; null takes it away.
  complain(message) {
    clearComplaints(this.element);
    if (message) complainAt(this.places(), message);
  }

  places() {
    const controls = this.groups.flatMap((group) => group.controls);
    return controls.flatMap((control) =>
      control.paths.map((path) => ({path, element: control.placeOf?.(path) ?? control.element})),
    );
  }
}

class Group {
  constructor({key, label, open, optional, needs = optional && key, controls}, context) {
    Object.assign(this, {key, optional, needs, context});
    this.controls = controls.map((spec) => buildControl(spec, context));
    this.fields = el(
      "div",
      {class: "controls"},
      this.controls.map((control) => control.element),
    );
    const set = el(
      "fieldset",
      {},
      el("legend", {class: "unseen"}, label),
      optional ? this.including(label) : null,
      this.fields,
    );
    this.element = el(
      "details",
      {class: "group", open: Boolean(open), dataset: {group: key}},
      el("summary", {}, label),
      set,
    );
  }

  including(label) {
    this.box = el("input", {
      type: "checkbox",
      on: {change: () => this.context.change(this.key, this.box.checked ? this.optional : undefined, true)},
    });
    return el("label", {class: "toggle including"}, this.box, el("span", {}, `${label} is part of the study`));
  }

  show(study) {
    const there = !this.needs || study[this.needs] !== undefined;
    if (this.box) this.box.checked = there;
    this.fields.hidden = !there;
    this.element.hidden = !there && !this.optional;
    if (there) for (const control of this.controls) control.show(study);
  }
}
