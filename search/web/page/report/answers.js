// The answer of a result in a sentence or two, and the facts behind it.

import {exact, expertsText, html, human, objectiveOf, show, words} from "../parts/format.js";
import {intervalOf} from "../pictures/designs.js";
import {missingFigures} from "../pictures/reproduce.js";

const NOT_TOLD_APART =
  "Designs closer than that are not told apart, and the first of many owes its place partly to that error.";

const percent = (share) => `${(100 * share).toFixed(0)}%`;
const range = (key, pair) => html`${show(key, pair[0])} to ${show(key, pair[1])}`;

// A design in words: shape, sizes, tokens.
function designText(row) {
  const moe = row.experts > 1 ? `, experts ${expertsText(row)}` : ", dense";
  return (
    `${exact(row.layers)} layers, hidden ${exact(row.hidden)}, FFN ${exact(row.ffn)}${moe};
      ${show("total_params", row.total_params)} parameters` +
    (row.experts > 1
      ? `, ${show("active_params", row.active_params)}
    activated`
      : "") +
    (Number.isFinite(row.tokens) ? `; ${show("tokens", row.tokens)} tokens` : "")
  );
}

function searchAnswer(result) {
  const best = result.best?.[0];
  if (!best) return infeasibleAnswer(result);
  const bound = result.certificate?.upper_bound;
  const {metric, words: wanted, minimized} = objectiveOf(result);
  return html`
    <p class="answer">${
      metric !== "mmlu"
        ? html`Of ${human(result.space_points)} designs the one with the
    ${wanted}${Number.isFinite(best[metric]) && `, ${show(metric, best[metric])},`}`
        : html`The best of
    ${human(result.space_points)} designs`
    } has <strong>${best.layers} layers, hidden
    size ${exact(best.hidden)}, FFN ${exact(best.ffn)}, ${expertsText(best)}</strong>:
    ${show("total_params", best.total_params)} parameters, ${show("active_params", best.active_params)} activated,
    ${show("tokens", best.tokens)} training tokens.
    The law predicts <strong>${best.mmlu.toFixed(2)} MMLU</strong>, 90% interval ${intervalOf(best)}.</p>
    <p>${NOT_TOLD_APART} ${
      result.status === "optimal" &&
      Number.isFinite(bound) &&
      html`Proved within the law: no
    design that is not listed has ${words(metric)} ${minimized ? "under" : "over"} ${show(metric, bound)}
    (${Number(bound.toPrecision(9))}).`
    }
    ${
      result.status === "interrupted" &&
      html`<strong>The search was interrupted: a better design may be
    there.</strong>`
    }</p>
    ${result.why && whyAnswer(result)}`;
}

function infeasibleAnswer(result) {
  const relaxed = Object.entries(result.relaxation ?? {});
  return html`
    <p class="answer">${
      result.status === "interrupted"
        ? "The search was interrupted before anything feasible was found."
        : "Nothing is feasible: no design of the space keeps every limit."
    }</p>
    ${
      relaxed.length > 0 &&
      html`<p>The smallest change of one rule alone that admits a design:</p>
    <ul>${relaxed.map(
      ([rule, limit]) => html`<li>${result.rules?.[rule] ?? rule}:
    ${relaxedText(rule, limit)}</li>`,
    )}</ul>`
    }`;
}

function relaxedText(rule, limit) {
  if (!Number.isFinite(limit)) return "none is enough alone";
  if (rule === "domain") return `the nearest design breaks a limit by a factor of ${human(Math.exp(limit))}`;
  return `${show(rule.split(".")[0], limit)} (${limit})`;
}

function whyAnswer(result) {
  const {why} = result;
  const {metric} = objectiveOf(result);
  const breaks = why.breaks ?? [];
  const value = Number.isFinite(why.objective)
    ? html` with ${words(metric)} ${show(metric, why.objective)} against the
      best's ${show(metric, why.best_objective)}`
    : "";
  return html`<p>The design that was asked about (index ${exact(why.index)}${
    why.row &&
    html`;
      ${designText(why.row)}`
  }) is
    ${
      why.feasible
        ? html`feasible, ${why.rank ? `rank ${why.rank}` : "behind those listed"}${value}.`
        : html`left
    out:`
    }</p>
    ${
      breaks.length > 0 &&
      html`<ul>${breaks.map(
        (b) =>
          html`<li>${b.text}${
            Number.isFinite(b.value) &&
            html`; it is
    ${show(b.rule.split(".")[0], b.value)}`
          }</li>`,
      )}</ul>`
    }`;
}

function predictAnswer(result) {
  if (result.rows)
    return html`<p class="answer">${result.rows.length} models scored.</p><p>Each score has the law's
      90% interval; models whose intervals overlap are not told apart.</p>`;
  return html`<p class="answer">The law predicts <strong>${show("mmlu", result.mmlu)}
      MMLU</strong>${result.model && html` for ${result.model}`}, 90% interval ${range("mmlu", result.interval_90)}${
        Number.isFinite(result.mmlu_pro) &&
        html`; MMLU-Pro
      ${show("mmlu_pro", result.mmlu_pro)}`
      }.</p>
    <p>${result.form === "moe" ? "Mixture of experts" : "Dense"}, ${exact(result.layers)} layers, hidden
    ${exact(result.hidden)}, FFN ${exact(result.ffn)}: ${show("total_params", result.total_params)} parameters,
    ${show("active_params", result.active_params)} activated, ${show("tokens", result.tokens)} tokens,
    ${show("train_flops", result.train_flops)} of training. Differences smaller than the interval are not told
    apart.</p>`;
}

function curveAnswer(result) {
  return html`<p class="answer">MMLU over ${words(result.vary)}, by the law alone.</p>
    <p>${result.series.map(
      (one) => html`${
        one.gamma !== null &&
        html`Gamma ${one.gamma}:
    `
      }${show("mmlu", one.points[0].mmlu)} at ${show(result.vary, one.points[0][result.vary])},
    ${show("mmlu", one.points.at(-1).mmlu)} at ${show(result.vary, one.points.at(-1)[result.vary])}. `,
    )} Points
    closer than the law's 90% interval are not told apart.</p>`;
}

function fitAnswer(result) {
  const family = result.leave_one_family_out;
  return html`<p class="answer">Method <strong>${result.method.replaceAll("_", " ")}</strong> on ${result.rows_used}
      runs: residual sigma ${result.residual_sigma.toFixed(2)} MMLU.</p>
    <p>${result.why}. With each run left out the mean absolute error is ${result.leave_one_out.mae.toFixed(2)}
    MMLU${family && html`, with each family left out ${family.mae.toFixed(2)}`}.</p>`;
}

function healthAnswer(result) {
  return html`<p class="answer">Verdict:
      <strong class="verdict ${result.verdict}">${result.verdict}</strong>${
        Number.isFinite(result.onset_tokens) &&
        html`,
      since ${show("tokens", result.onset_tokens)} tokens`
      }.</p>
    ${result.reasons?.length > 0 && html`<ul>${result.reasons.map((reason) => html`<li>${reason}</li>`)}</ul>`}
    ${
      Number.isFinite(result.gamma) &&
      html`<p>Precision loss gamma ${result.gamma.toFixed(2)}, 90%
    ${range("gamma", result.gamma_90)} by the points' noise, ${range("gamma", result.gamma_90_with_law_error)} with
    the law's error.
    Noise of a point: ${result.noise_sigma?.toFixed(2)} MMLU.</p>`
    }`;
}

const MOST_NAMES = 20;

function auditAnswer(result) {
  const flagged = result.rows.filter((row) => row.flag !== "none");
  const named = flagged.slice(0, MOST_NAMES).map((row) => `${row.model} (${row.flag})`);
  const more = flagged.length - named.length;
  return html`<p class="answer">${flagged.length} of ${result.rows.length} models lie off the
      law${flagged.length > 0 && html`: ${named.join(", ")}`}${more > 0 && ` and ${more} more`}.</p>
    <p>z is the reported score less the predicted, in sigmas of the law (${result.sigma.toFixed(2)} MMLU);
    ${result.false_alarms}.</p>`;
}

function expandAnswer(result) {
  if (!result.best)
    return html`<p class="answer">${
      result.status === "interrupted"
        ? "The search was interrupted before a target to grow to was found."
        : "No target of the space can be grown to."
    }</p>`;
  const {best} = result;
  return html`<p class="answer">${result.advice ? html`Advice: <strong>${result.advice}</strong>. ` : ""}Best target:
      ${exact(best.layers)} layers, hidden ${exact(best.hidden)}, FFN ${exact(best.ffn)},
      ${show("params", best.params)} parameters:
    <strong>${show("mmlu", best.mmlu)} MMLU</strong>.</p>
    <p>Growing after ${show("tokens", best.from_tokens)} tokens and training ${show("tokens", best.to_tokens)} more
    gains ${result.gain_mmlu?.toFixed(2) ?? "–"} MMLU over training it from scratch
    with the same FLOPs (raw ${result.scratch?.mmlu_raw?.toFixed(2) ?? "–"}).${
      result.certificate &&
      html` No target
    scores above ${result.certificate.upper_bound?.toFixed(4)} at any moment.`
    }${result.status === "interrupted" && html` <strong>The search was interrupted: a better target may be there.</strong>`}</p>`;
}

function invertAnswer(result) {
  const {dense, moe} = result.odds ?? {};
  const sizes = ["total_params", "active_params", "tokens"].filter((name) => result.intervals?.[name]);
  if (!Number.isFinite(moe))
    return html`<p class="answer">${
      result.status === "interrupted"
        ? "The inversion was interrupted before there was a posterior."
        : "Nothing that is known fits together: there is no posterior."
    }</p>`;
  return html`<p class="answer">${result.name || "The model"} is ${percent(dense)} likely dense and ${percent(moe)} a
      mixture of experts;
    ${sizes.map(
      (name, i) => html`${i > 0 && "; "}${words(name)}
    <strong>${show(name, result.intervals[name].q50)}</strong>, 90% within ${show(name, result.intervals[name].q05)}
    to ${show(name, result.intervals[name].q95)}`,
    )}.</p>
    <p>One score never pins five integers: this is what is plausible by the prior, the law with its error (sigma
    ${show("mmlu", result.law_sigma)}), and the evidence.${
      result.status === "interrupted" &&
      html` <strong>The inversion was interrupted: this is by the draws so far.</strong>`
    }</p>
    ${
      result.findings?.length > 0 &&
      html`<details><summary>What the evidence tells of each
    field</summary><ul>${result.findings.map((text) => html`<li>${text}</li>`)}</ul></details>`
    }`;
}

function sizeAnswer(result) {
  if (!Number.isFinite(result.total_params)) {
    const line = result.regression;
    return html`<p class="answer">A size line over ${line.models} models: R² ${line.r2_cv?.toFixed(3) ?? "–"} over
    five splits, residual ${line.sigma_dex.toFixed(3)} powers of ten.</p>`;
  }
  return html`<p class="answer">About <strong>${show("total_params", result.total_params)} parameters</strong>, 90%
      interval ${range("total_params", result.interval_90)}.</p>
    <p>By published lines from benchmark scores to total
    parameters${result.benchmarks?.length > 1 && ", together by how their errors go along"}.</p>`;
}

function countAnswer(result) {
  return html`<p class="answer">${result.model}: <strong>${exact(result.total_params)}</strong> parameters,
      <strong>${exact(result.active_params)}</strong> activated for a token.</p>
    ${result.stack_in_words && html`<p>Layers: ${result.stack_in_words}.</p>`}
    <p>Weights ${show("weight_bytes", result.weight_bytes)}, KV cache
    ${show("kv_bytes_per_token", result.kv_bytes_per_token)} a token (${result.dtype}, mean over a context of
    ${exact(result.context)})${
      result.state_bytes_per_sequence > 0 &&
      html`, state ${show("weight_bytes", result.state_bytes_per_sequence)} a sequence, which does not grow`
    }.
    Training takes ${show("prefill_flops_per_token", result.train_flops_per_token?.six_nd)} a token by 6ND.</p>`;
}

function compareAnswer(result) {
  return html`<p class="answer">${result.rows.length} architectures side by
      side.</p><ul>${result.rows.map(
        (row) => html`<li>${row.model}:
      ${designText(row)}${
        Number.isFinite(row.mmlu) &&
        html`; ${row.mmlu.toFixed(2)} MMLU, 90% interval
      ${intervalOf(row)}`
      }</li>`,
      )}</ul>
    <p>Scores closer than the law's 90% interval are not told apart.</p>`;
}

function reproduceAnswer(result) {
  const failed = result.checks.filter((check) => !check.ok).length;
  const missing = missingFigures(result);
  return html`<p class="answer">${result.checks.length} checks against the papers:
      <strong>${failed === 0 ? "all hold" : `${failed} failed`}</strong>.</p>
    ${
      missing.length > 0 &&
      html`<p>Not shown, because they did not stand beside the result:
    ${missing.join(", ")}.</p>`
    }`;
}

const BY_COMMAND = {
  search: [searchAnswer, () => "The best architecture for a budget"],
  predict: [predictAnswer, (r) => (r.rows ? "Predicted scores" : "A predicted score")],
  curve: [curveAnswer, (r) => `MMLU over ${words(r.vary)}`],
  fit: [fitAnswer, () => "The law fitted to runs"],
  health: [healthAnswer, () => "Health of a training run"],
  audit: [auditAnswer, () => "Which scores lie off the law"],
  expand: [expandAnswer, () => "When to grow a model"],
  invert: [invertAnswer, (r) => `What is inside ${r.name || "a closed model"}`],
  size: [sizeAnswer, () => "Total parameters from benchmark scores"],
  count: [countAnswer, (r) => `Parameters of ${r.model}`],
  compare: [compareAnswer, () => "Architectures side by side"],
  reproduce: [reproduceAnswer, () => "The papers' results remade"],
};

export function answerOf(result) {
  const [answer, title] = BY_COMMAND[result.command];
  return {title: title(result), markup: answer(result)};
}
