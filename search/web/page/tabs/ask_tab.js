// A tab whose form it draws, keeps in the address and asks the server with.

import {clearComplaints, complainAt} from "../parts/complaints.js";

// A subclass has draw(), ask() and the element `form`, and to use set() `state`, one flat object.
export class AskTab {
  constructor(app) {
    this.app = app;
  }

  set(change, committed = true) {
    this.state = {...this.state, ...change};
    this.draw();
    this.changed(committed);
  }

  changed(committed) {
    this.app.changed(committed);
    this.ask();
  }

  // Says a problem, beside the control that it names where there is one; null when all is well.
  tell(problem, places) {
    clearComplaints(this.form);
    this.app.announce(problem);
    if (problem) complainAt(places, problem);
  }
}
