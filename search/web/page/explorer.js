// The explorer: a bar of tabs, and the state of the one that is shown in the address.

import {catalog} from "./parts/api.js";
import {AddressWriter, readAddress} from "./parts/address.js";
import {el} from "./parts/dom.js";
import {learnMetrics} from "./parts/format.js";
import {HealthTab} from "./tabs/health.js";
import {InvertTab} from "./tabs/invert.js";
import {ModelsTab} from "./tabs/models.js";
import {SearchTab} from "./tabs/search.js";
import {SizeTab} from "./tabs/size.js";

const kTabs = {
  search: {label: "Search", make: SearchTab},
  health: {label: "Health", make: HealthTab},
  invert: {label: "Invert", make: InvertTab},
  size: {label: "Size", make: SizeTab},
  models: {label: "Models", make: ModelsTab},
};

class Explorer {
  constructor(known) {
    this.catalog = known;
    this.tabs = {};
    this.messages = {};
    this.address = new AddressWriter();
    this.bar = document.getElementById("tabs");
    this.status = document.getElementById("status");
    for (const [name, {label}] of Object.entries(kTabs)) this.bar.append(this.tabButton(name, label));
    this.bar.addEventListener("keydown", (event) => this.moveFocus(event));
    addEventListener("popstate", () => this.follow());
    addEventListener("hashchange", () => this.follow());
  }

  tabButton(name, label) {
    return el(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${name}`,
        "aria-controls": `panel-${name}`,
        "aria-selected": "false",
        tabindex: "-1",
        on: {click: () => this.go(name)},
      },
      label,
    );
  }

  moveFocus(event) {
    const names = Object.keys(kTabs);
    const at = names.indexOf(this.current);
    const to = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1}[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const name = names[(to + names.length) % names.length];
    this.go(name);
    document.getElementById(`tab-${name}`).focus();
  }

  // A tab chosen by hand shows what it showed before.
  go(name) {
    if (name === this.current) return;
    const seen = Boolean(this.tabs[name]);
    this.select(name);
    if (!seen) this.tabs[name].show({});
    this.changed(name, true);
  }

  // What the address says, after a link, the back button or a reload.
  follow() {
    if (this.shown === location.hash) return;
    const {tab, values} = readAddress();
    const name = Object.hasOwn(kTabs, tab) ? tab : "search";
    this.select(name);
    this.show(name, values);
    this.address.replace(name, this.tabs[name].values());
    this.told();
  }

  // A link that a tab cannot show gives what the tab begins with, and is said to be wrong.
  show(name, values) {
    const recover = (error) => {
      this.tabs[name].show({});
      this.tell(name, {
        link: `This link is not a study that can be shown${error.message ? `: ${error.message}` : ""}.`,
      });
    };
    this.tell(name, {link: null, problem: null});
    try {
      this.tabs[name].show(values)?.catch(recover);
    } catch (error) {
      recover(error);
    }
  }

  select(name) {
    this.current = name;
    this.tell(name, {});
    for (const other of Object.keys(kTabs)) {
      const chosen = other === name;
      const tab = document.getElementById(`tab-${other}`);
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      document.getElementById(`panel-${other}`).hidden = !chosen;
    }
    document.title = `${kTabs[name].label} – perflaw explorer`;
    if (!this.tabs[name]) {
      this.tabs[name] = new kTabs[name].make({
        catalog: this.catalog,
        changed: (committed) => this.changed(name, committed),
        announce: (problem) => this.tell(name, {problem}),
      });
      document.getElementById(`panel-${name}`).append(this.tabs[name].element);
    }
  }

  // A tab says that its state changed; one that is hidden has no part in the address.
  changed(name, committed) {
    this.tell(name, {link: null});
    if (name !== this.current) return;
    this.address.write(name, this.tabs[name].values(), committed);
    this.told();
  }

  told() {
    this.shown = location.hash;
    const law = this.tabs[this.current].lawName();
    document.getElementById("about").textContent =
      `perflaw ${this.catalog.version}, revision ${this.catalog.git_revision}${law ? `, law ${law}` : ""}`;
  }

  // What went wrong in a tab, for everyone to see and hear while it is shown: {link, problem}; null: all is well.
  tell(name, news) {
    this.messages[name] = {...this.messages[name], ...news};
    const {link, problem} = this.messages[this.current] ?? {};
    const text = [link, problem].filter(Boolean).join(" ");
    if (this.status.textContent !== text) this.status.textContent = text;
  }
}

async function start() {
  const status = document.getElementById("status");
  try {
    const known = await catalog();
    learnMetrics(known.metrics);
    new Explorer(known).follow();
  } catch (error) {
    status.textContent = `The server did not answer: ${error.message}. Reload the page when it runs.`;
  }
}

start();
