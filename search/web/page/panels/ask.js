// A question with one answer: sends the request when the form rests, shows the answer as its report does, and offers it for download.

import {Latest} from "../parts/api.js";
import {el} from "../parts/dom.js";
import {downloadBar} from "../report/downloads.js";
import {drawResult} from "../report/result_view.js";

const kRestMs = 150;

export class AskPanel {
  // `name` of the request; `kind` of what is downloaded as asked; `rows(result)` of its main table; `asked(body)` is what is
  // downloaded, the body unless said. `onProblem(message)`: null when all is well.
  constructor(app, {name, kind, title, rows, onProblem, asked = (body) => body, stem = () => name}) {
    this.onProblem = onProblem;
    this.result = this.body = null;
    this.request = new Latest(name, {
      onAnswer: (result) => this.answer(result),
      onError: (error) => this.fail(error.message),
      onBusy: (busy) => this.element.setAttribute("aria-busy", String(busy)),
    });
    this.downloads = downloadBar({
      stem,
      kind,
      announce: app.announce,
      request: () => this.body && asked(this.body),
      rows: () => rows(this.result),
      result: () => this.result,
    });
    this.problem = el("p", {class: "problem", hidden: true});
    this.note = el("p", {class: "note"});
    this.place = el("div", {class: "answer-body"});
    this.element = el(
      "section",
      {class: "panel ask-panel", "aria-label": title, dataset: {ask: name}},
      el("div", {class: "panel-head"}, el("h2", {}, title), this.downloads.element),
      this.problem,
      this.note,
      this.place,
    );
  }

  // `body` null: nothing can be asked yet, and `note` says what is missing.
  ask(body, note = "") {
    clearTimeout(this.rest);
    this.body = body;
    this.note.textContent = note;
    this.note.hidden = !note;
    this.downloads.refresh();
    if (body) this.rest = setTimeout(() => this.request.send(body), kRestMs);
    else this.empty();
  }

  answer(result) {
    this.result = result;
    this.say(null);
    this.downloads.refresh();
    this.dispose = drawResult(this.place, result, this.dispose);
  }

  fail(message) {
    this.empty();
    this.say(message);
  }

  say(message) {
    this.problem.textContent = message ?? "";
    this.problem.hidden = !message;
    this.onProblem(message);
  }

  empty() {
    this.request.cancel();
    this.dispose?.();
    this.dispose = this.result = null;
    this.place.replaceChildren();
    this.downloads.refresh();
  }
}
