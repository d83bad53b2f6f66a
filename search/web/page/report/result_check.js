// Whether a JSON file is a result: what its pictures and sections take for granted is there, and of the right kind.

/** What is no result: the key's path, the value there as text ("" when there is none), and the rule that it breaks. */
export class NoResult extends Error {
  constructor(key, value, rule) {
    super(`${key}: ${rule}`);
    this.key = key;
    this.value = value === undefined ? "" : shortened(JSON.stringify(value));
    this.rule = rule;
  }
}

const MOST_SHOWN = 60;

function shortened(text) {
  const characters = [...text.slice(0, 2 * MOST_SHOWN + 2)]; // one may take two places
  return characters.length > MOST_SHOWN ? `${characters.slice(0, MOST_SHOWN).join("")}…` : text;
}

// A check takes a value and its path, and throws NoResult.
const check = (is, rule) => (value, key) => {
  if (!is(value)) throw new NoResult(key, value, value === undefined ? `is missing; it ${rule}` : rule);
};
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

const number = check((value) => typeof value === "number", "must be a number");
const text = check((value) => typeof value === "string", "must be a string");
const anObject = check(isObject, "must be an object");
const aList = check(Array.isArray, "must be an array");

const maybe = (of) => (value, key) => {
  if (value !== undefined && value !== null) of(value, key);
};
const list =
  (of, least = 0) =>
  (value, key) => {
    aList(value, key);
    if (value.length < least) throw new NoResult(key, value, `must have ${least} or more entries`);
    value.forEach((one, i) => of(one, `${key}[${i}]`));
  };
const object = (fields) => (value, key) => {
  anObject(value, key);
  for (const [name, of] of Object.entries(fields)) of(value[name], key ? `${key}.${name}` : name);
};
const map =
  (of, least = 0) =>
  (value, key) => {
    anObject(value, key);
    if (Object.keys(value).length < least) throw new NoResult(key, value, `must have ${least} or more keys`);
    for (const [name, one] of Object.entries(value)) of(one, `${key}.${name}`);
  };
const all =
  (...checks) =>
  (value, key) =>
    checks.forEach((of) => of(value, key));
const numbers = (names) => Object.fromEntries(names.split(" ").map((name) => [name, number]));
const perhaps = (names, of = number) => Object.fromEntries(names.split(" ").map((name) => [name, maybe(of)]));

const texts = list(text);
const pair = list(number, 2);
const domain = object({warnings: maybe(texts)});
const interval = object(numbers("mmlu mmlu_low90 mmlu_high90"));
const shape = object(numbers("layers hidden ffn"));
const sizes = object({
  ...numbers("total_params active_params"),
  ...perhaps("tokens experts experts_active experts_shared"),
});
const design = all(shape, sizes, interval);
const parts = map(maybe(number), 1);

const status = check(
  (value) => ["optimal", "infeasible", "interrupted"].includes(value),
  "must be one of optimal, infeasible, interrupted",
);
const SEARCH = {
  status,
  best: list(design),
  rejected: map(number),
  rules: map(text),
  front: maybe(list(design)),
  pareto: maybe(texts),
  resolution: maybe(map(number)),
  best_dense: maybe(design),
  best_moe: maybe(design),
  relaxation: maybe(map(maybe(number))),
  best_without: maybe(map(maybe(number))),
  method: maybe(text),
  objective: maybe(text),
  space_points: number,
  evaluated: maybe(number),
  study: maybe(object({space: anObject})), // its other keys are shown whatever they are
  certificate: maybe(anObject),
  breakdown: maybe(
    object({
      params: parts,
      active_params: parts,
      ...perhaps("train_memory_bytes serving_memory_bytes usd", parts),
    }),
  ),
  near_best: maybe(
    list(object({...numbers("within at_least at_most"), ...perhaps("cheapest shallowest smallest_kv", design)})),
  ),
  sensitivity: maybe(map(maybe(object(perhaps("mmlu_per_percent change_for_plus_one"))))),
  why: maybe(
    object({index: number, rank: maybe(number), row: maybe(design), breaks: maybe(list(object({rule: text, text})))}),
  ),
};

const PREDICTION = {
  ...numbers("mmlu layers hidden ffn total_params active_params tokens"),
  interval_90: pair,
  domain: maybe(domain),
  ...perhaps("model family year_month", text),
};

const point = object({mmlu: number, interval_90: maybe(pair)});

const errors = object({mae: number});
const FIT = {
  status: maybe(status),
  method: text,
  why: text,
  rows_used: number,
  residual_sigma: number,
  leave_one_out: errors,
  leave_one_family_out: maybe(errors),
  w: list(number, 4),
  b: number,
  standard_errors: list(maybe(number)),
  bootstrap_90: maybe(list(list(maybe(number)))),
  rows: list(object({...numbers("reported fitted"), ...perhaps("model family year_month", text)})),
};

const HEALTH = {
  verdict: text,
  curve: list(object(numbers("tokens measured expected low high"))),
  reasons: maybe(texts),
  ...perhaps("gamma onset_tokens noise_sigma"),
};

const FLAGS = ["none", "low", "high"];
const AUDIT = {
  sigma: number,
  rows: list(
    object({
      z: number,
      flag: check((value) => FLAGS.includes(value), `must be one of ${FLAGS.join(", ")}`),
      reasons: maybe(texts),
      ...perhaps("model family year_month", text),
      ...perhaps("reported predicted z_in_family"),
    }),
  ),
};

const moment = object({...numbers("from_tokens to_tokens r"), ...perhaps("mmlu_raw")});
const critical = all(moment, object({kind: text}));
const GROWN = {
  status: maybe(status),
  best: object(numbers("layers hidden ffn params from_tokens to_tokens r mmlu mmlu_raw")),
  study: maybe(anObject),
  curve: list(moment),
  critical_points: list(critical),
  scratch: object(perhaps("tokens mmlu_raw")),
  advice: text,
  gain_mmlu: maybe(number),
  certificate: maybe(object(perhaps("upper_bound"))),
};
const NOT_GROWN = {
  study: maybe(anObject),
  status: text,
  rejected: map(number),
};

// Dates are texts, all else numbers.
const quantile = check(
  (value) => value === null || ["number", "string"].includes(typeof value),
  "must be a number or a date",
);
const scalar = check(
  (value) => value === null || ["number", "string"].includes(typeof value),
  "must be a number, a string or null",
);
const guess = (value, key) => (isObject(value) ? map(scalar) : scalar)(value, key);
const INVERT = {
  status: maybe(status),
  odds: object(perhaps("dense moe")),
  intervals: map(maybe(map(quantile))),
  prior: maybe(map(maybe(map(quantile)))),
  modes: list(map(scalar)),
  structures: maybe(list(map(scalar))),
  identified: maybe(map(maybe(number))),
  findings: maybe(texts),
  guesses: maybe(map(guess)),
  case: maybe(object({evidence: maybe(anObject), known: maybe(anObject)})),
  name: maybe(text),
  law_sigma: maybe(number),
};
// What histograms and pairs are drawn of, in logarithms.
const size = check((value) => typeof value === "number" && value >= 1, "must be a number of 1 or more");
const DRAWN = ["total_params", "active_params", "tokens", "layers", "hidden", "activated_ffn"];
const each = (of) => Object.fromEntries(DRAWN.map((name) => [name, of]));
const SAMPLED = {
  ...INVERT,
  sample: object({kind: texts, ...each(list(size))}),
  intervals: all(INVERT.intervals, object(each(object({q05: size, q50: size, q95: size})))),
};

// Without a posterior there are no draws.
const undrawn = (sample) =>
  !sample || sample.kind?.length === 0 || (isObject(sample) && Object.keys(sample).length === 0);

const feature = object({name: text, ...numbers("slope standard_error")});
const residual = object(numbers("sigma_dex"));
const benchmark = (value, key) => {
  object({benchmark: text, total_params: number, interval_90: maybe(pair)})(value, key);
  if (!value.interval_90) residual(value.regression, `${key}.regression`);
};
const PREDICTED_SIZE = {
  total_params: number,
  interval_90: pair,
  benchmarks: list(benchmark),
  regression: maybe(object({features: maybe(list(feature))})),
};
const FITTED_SIZE = {
  regression: object({...numbers("models sigma_dex"), ...perhaps("r2_cv"), features: list(feature)}),
};

const COUNT = {
  model: text,
  ...numbers("total_params active_params weight_bytes kv_bytes_per_token context"),
  dtype: text,
  stack_in_words: maybe(text),
  ...perhaps("state_bytes_per_sequence"),
  blocks: map(number, 1),
  active_blocks: map(number, 1),
};

const architecture = all(shape, sizes, object({model: text, domain_warnings: maybe(texts)}), (value, key) =>
  maybe(() => interval(value, key))(value.mmlu),
);

// What a result of each command holds; where a command prints one of two things, by what it printed.
const KEYS = {
  search: () => SEARCH,
  predict: (result) => ("mmlu" in result ? PREDICTION : {rows: list(object(PREDICTION))}),
  curve: () => ({vary: text, series: list(object({points: list(point, 1), gamma: maybe(number)}))}),
  fit: () => FIT,
  health: () => HEALTH,
  audit: () => AUDIT,
  expand: ({status, best}) => (status === "infeasible" || (status === "interrupted" && !best) ? NOT_GROWN : GROWN),
  invert: (result) => (undrawn(result.sample) ? INVERT : SAMPLED),
  size: (result) => ("total_params" in result ? PREDICTED_SIZE : FITTED_SIZE),
  count: () => COUNT,
  compare: () => ({rows: list(architecture, 1)}),
  reproduce: () => ({checks: list(object({what: text})), files: maybe(map(text))}),
};

const ENVELOPE = {
  schema_version: check((value) => value === 1, "must be 1"),
  warnings: maybe(texts),
  notes: maybe(texts),
  defaults: maybe(texts),
  domain: maybe(domain),
  conventions: maybe(map(text)),
  ...perhaps("law perflaw_version git_revision inputs_sha256 model dtype", text),
  ...perhaps("seed threads seconds gamma draws context"),
};

/** Throws NoResult where the value is no result of `perflaw COMMAND --json` that a report can be made of. */
export function checkResult(result) {
  anObject(result, "file");
  const commands = Object.keys(KEYS);
  check((value) => commands.includes(value), `must be one of ${commands.join(", ")}`)(result.command, "command");
  object(ENVELOPE)(result, "");
  object(KEYS[result.command](result))(result, "");
}
