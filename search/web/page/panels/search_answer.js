// The answer to a search in words and as a table: what is best, how far that is proved, what holds it back.

import {button, el, table} from "../parts/dom.js";
import {human, label, objectiveOf, ruleLabel, show} from "../parts/format.js";
import {roundOutward} from "../parts/numbers.js";
import {cellText, columnsOf, pointKey, pointOf, samePoint, shapeText, shortLabel} from "../parts/designs.js";

const kSpokenMs = 700;

// What is best; read aloud once it rests, as it follows every move of a slider.
export class Headline {
  constructor() {
    this.title = el("p", {class: "best", dataset: {best: ""}});
    this.score = el("p", {class: "best-score"});
    this.more = el("p", {class: "best-more"});
    this.certificate = el("p", {class: "certificate"});
    this.binding = el("p", {class: "binding"});
    this.spoken = el("p", {class: "unseen", "aria-live": "polite", "aria-atomic": "true"});
    this.element = el(
      "section",
      {class: "headline", "aria-label": "Best architecture"},
      el("div", {class: "headline-row"}, this.title, this.score),
      this.more,
      this.certificate,
      this.binding,
      this.spoken,
    );
  }

  show(result) {
    const best = result.best[0];
    this.element.dataset.status = result.status;
    this.title.textContent = best
      ? shapeText(best)
      : result.status === "infeasible"
        ? "No architecture is feasible"
        : "Nothing found in time";
    this.title.dataset.best = best ? JSON.stringify(best) : "";
    this.score.replaceChildren(
      ...(best
        ? [el("strong", {}, best.mmlu.toFixed(2)), " MMLU", el("span", {class: "interval"}, intervalText(best))]
        : []),
    );
    this.more.textContent = best
      ? ["total_params", "active_params", "tokens", "train_days", "train_usd"]
          .filter((key) => best[key] !== undefined)
          .map((key) => sentencePart(best, key))
          .join(" · ")
      : "";
    this.certificate.textContent = certificateText(result);
    this.binding.replaceChildren(...bindingParts(result));
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.speak(best), kSpokenMs);
  }

  speak(best) {
    const text = best ? `${this.title.textContent}: ${best.mmlu.toFixed(2)} MMLU` : this.title.textContent;
    if (this.spoken.textContent !== text) this.spoken.textContent = text;
  }
}

const intervalText = (row) =>
  row.mmlu_low90 === undefined ? "" : ` ${row.mmlu_low90.toFixed(1)} to ${row.mmlu_high90.toFixed(1)} in 90%`;

const kWords = {
  total_params: "parameters",
  active_params: "activated",
  tokens: "tokens",
  train_days: "",
  train_usd: "to train",
};
const sentencePart = (row, key) => `${show(key, row[key])} ${kWords[key]}`.trim();

function certificateText(result) {
  const time = `${Math.max(1, Math.round(1000 * result.seconds))} ms`;
  const points = human(result.space_points);
  if (result.status === "interrupted")
    return `Stopped after ${time}, before all of ${points} points were decided: what is shown is the best so far.`;
  if (result.status === "infeasible") return `Proved in ${time}: none of ${points} points meets all limits.`;
  if (result.method === "exhaustive") return `Every one of ${points} points looked at in ${time}.`;
  return `Proved optimal in ${time} of ${points} points; ${human(result.evaluated)} were scored.`;
}

// What would be better without: only where the best is held back.
function bindingParts(result) {
  const without = Object.entries(result.best_without ?? {});
  if (!result.best.length || !without.length) return [];
  const {metric} = objectiveOf(result);
  return [
    "Held back by ",
    ...without.flatMap(([rule, value], i) => [
      i ? ", " : "",
      el("strong", {}, ruleLabel(rule)),
      ` (${label(metric)} ${show(metric, value)} without)`,
    ]),
    ".",
  ];
}

export const warningList = (result) => (result.warnings ?? []).map((text) => el("li", {}, text));

// The best designs; `on`: {pick(point), compare(slot, point)}, `chosen`: {pick, a, b} points or null.
export function bestTable(result, study, chosen, on) {
  const listed = result.best.map((row, i) => [String(i + 1), row]);
  const beside = [
    ["dense", result.best_dense],
    ["MoE", result.best_moe],
  ].filter(([, row]) => row && !result.best.some(({index}) => index === row.index));
  const rows = [...listed, ...beside];
  const columns = columnsOf(rows.map(([, row]) => row));
  const head = el(
    "tr",
    {},
    el("th", {scope: "col"}, "Rank"),
    el("th", {scope: "col", class: "slots"}, "Compare"),
    columns.map((key) => el("th", {scope: "col", title: label(key)}, shortLabel(key))),
  );
  const body = rows.map(([rank, row]) => tableRow(rank, row, columns, study, chosen, on));
  return el(
    "table",
    {class: "best-table"},
    el("caption", {class: "unseen"}, "Best designs"),
    el("thead", {}, head),
    el("tbody", {}, body),
  );
}

// A rank, or "dense" and "MoE" for the best of each.
const nameOf = (rank) => (Number(rank) ? `design ${rank}` : `the best ${rank} design`);

function tableRow(rank, row, columns, study, chosen, on) {
  const point = pointOf(row, study);
  const picked = samePoint(row, chosen.pick);
  const choose = button(rank, () => on.pick(point), {
    class: "rank",
    "aria-pressed": String(picked),
    "aria-label": `Show ${nameOf(rank)}`,
    title: picked ? "Click again for the best" : "Show in detail",
  });
  const slots = ["a", "b"].map((slot) => {
    const name = slot.toUpperCase();
    return button(name, () => on.compare(slot, point), {
      class: "slot",
      "aria-pressed": String(samePoint(row, chosen[slot])),
      "aria-label": `Compare as ${name}: ${nameOf(rank)}`,
    });
  });
  const line = el(
    "tr",
    {class: picked ? "picked" : "", dataset: {point: pointKey(point)}},
    el("th", {scope: "row"}, choose),
    el("td", {class: "slots"}, slots),
    columns.map((key) => el("td", {}, cellText(row, key))),
  );
  line.addEventListener("click", (event) => event.target.closest("button") ?? on.pick(point));
  return line;
}

// Where nothing is feasible: what ruled the points out, and the smallest change of one limit that lets one in.
export function infeasible(result, onRelax) {
  const rules = Object.entries(result.rejected).filter(([, points]) => points > 0);
  const wayOut = Object.entries(result.relaxation ?? {}).filter(([, value]) => value !== null);
  const counts = rules.map(([rule, points]) => [ruleLabel(rule), human(points), result.rules[rule] ?? ""]);
  return el(
    "section",
    {class: "infeasible", "aria-label": "Nothing is feasible"},
    el("h3", {}, "What would let a design in"),
    wayOut.length
      ? el(
          "ul",
          {class: "relaxations"},
          wayOut.map(([rule, value]) => relaxation(rule, value, onRelax)),
        )
      : el("p", {}, "No single limit is to blame: more than one has to give."),
    el("h3", {}, "What ruled the points out"),
    table(
      {caption: "Points by the first rule they break", unseen: true, className: "rejections"},
      ["Rule", "Points", "It asks"],
      counts,
    ),
  );
}

function relaxation(rule, value, onRelax) {
  const [, metric, side] = /^(.*)\.(min|max)$/.exec(rule) ?? [];
  if (!metric)
    return el(
      "li",
      {},
      `${ruleLabel(rule)}: the nearest design breaks a limit by a factor of ${human(Math.exp(value))} `,
      button("Search anywhere", () => onRelax("domain", "any")),
    );
  const limit = roundOutward(value, side);
  return el(
    "li",
    {},
    `${ruleLabel(rule)} ${show(metric, value)} `,
    button(`Set ${show(metric, limit)}`, () => onRelax(`constraints.${metric}.${side}`, limit), {
      "aria-label": `Set ${ruleLabel(rule)} ${show(metric, limit)}`,
    }),
  );
}
