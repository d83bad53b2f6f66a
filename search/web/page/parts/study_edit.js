// Studies: edits that keep together what belongs together, and what can be shown as one. Pure: an edit gives a new study.

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

export const sameStudy = (a, b) => JSON.stringify(a) === JSON.stringify(b);

export function usualFront(study) {
  return ["mmlu", study.inference ? "decode_tokens_per_second" : "total_params"];
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const kBlocks = ["template", "space", "budget", "training", "inference", "constraints", "resolution"];

// Why a value cannot be shown as a study, in words; null if it can. Whether what it holds is right is for the server to say.
export function misshapen(study) {
  if (!isObject(study)) return "it holds no object";
  const block = kBlocks.find((key) => study[key] !== undefined && !isObject(study[key]));
  if (block) return `${block} is no object`;
  const limit = Object.keys(study.constraints ?? {}).find((metric) => !isObject(study.constraints[metric]));
  if (limit) return `constraints.${limit} is no object`;
  const axes = Object.entries(study.space ?? {}).find(([, axis]) => axis === null || typeof axis === "number");
  if (axes) return `space.${axes[0]} is no range and no list`;
  return isFront(study.pareto) ? null : "pareto is no list of two metrics or more";
}

function isFront(pareto) {
  if (pareto === undefined) return true;
  const isAxis = (axis) => typeof axis === "string" || (isObject(axis) && typeof Object.values(axis)[0] === "string");
  return Array.isArray(pareto) && pareto.length > 1 && pareto.every(isAxis);
}
