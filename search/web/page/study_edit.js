// Edits of a study that keep together what belongs together. Pure: each gives a new study.

import {setAt} from "./address.js";
import {parseNumber} from "./numbers.js";

// `value` may be a function of what stood there.
export function edited(study, path, value) {
  const next = structuredClone(study);
  setAt(next, path, typeof value === "function" ? value(structuredClone(study[path] ?? {})) : value);
  if (value === undefined) dropEmpty(next, path);
  if (path === "budget.count") followCount(next);
  return next;
}

// A block inside a block goes with its last key; "constraints" itself may be empty.
function dropEmpty(study, path) {
  const keys = path.split(".").slice(0, -1);
  if (keys.length < 2) return;
  const place = keys.reduce((value, key) => value?.[key], study);
  if (place && Object.keys(place).length === 0) setAt(study, keys.join("."), undefined);
}

// data x tensor x pipeline parallel has to be the number of accelerators, and expert parallel divides the first.
function followCount(study) {
  const {training, budget} = study;
  if (training?.data_parallel === undefined) return;
  const [unit, experts] = parallelUnit(training);
  const data = parseNumber(budget.count) / unit;
  if (Number.isInteger(data) && data % experts === 0) training.data_parallel = data;
}

function parallelUnit(training) {
  const of = (key) => parseNumber(training[key] ?? 1) || 1;
  return [of("tensor_parallel") * of("pipeline_parallel"), of("expert_parallel")];
}

// The nearest number of accelerators that the parallel sizes allow: what a slider moves to.
export function allowedCount(study, count) {
  if (study.training?.data_parallel === undefined) return count;
  const [unit, experts] = parallelUnit(study.training);
  return Math.max(1, Math.round(count / (unit * experts))) * unit * experts;
}

// What is asked of /api/search for the best table, and for the front.
export function withoutFront({pareto, resolution, ...study}) {
  return study;
}

export function usualFront(study) {
  return ["mmlu", study.inference ? "decode_tokens_per_second" : "total_params"];
}
