// What a study holds, as data: the groups of its controls, each with path, label, kind and range. controls.js draws them.

import {label} from "./format.js";
import {allowedCount} from "./study_edit.js";

// Ranges of the sliders for limits of a metric.
export const kMetricRanges = {
  mmlu: {min: 26, max: 95, step: 0.1},
  total_params: {min: 1e8, max: 2e12, log: true},
  active_params: {min: 1e8, max: 1e12, log: true},
  active_share: {min: 0.01, max: 1, log: true},
  layers: {min: 8, max: 256, step: 1},
  hidden: {min: 512, max: 32768, step: 64},
  ffn: {min: 256, max: 131072, log: true},
  ffn_ratio: {min: 0.1, max: 16, log: true},
  aspect_ratio: {min: 8, max: 512, log: true},
  experts: {min: 1, max: 512, step: 1},
  experts_active: {min: 1, max: 32, step: 1},
  experts_shared: {min: 0, max: 8, step: 1},
  tokens: {min: 1e10, max: 1e14, log: true},
  tokens_per_param: {min: 1, max: 10000, log: true},
  train_flops: {min: 1e20, max: 1e27, log: true},
  train_days: {min: 1, max: 365, log: true},
  train_usd: {min: 1e3, max: 1e9, log: true},
  train_kwh: {min: 1e3, max: 1e9, log: true},
  train_memory_bytes_per_accelerator: {min: 1e9, max: 1e12, log: true},
  weight_bytes: {min: 1e8, max: 4e12, log: true},
  kv_bytes_per_token: {min: 1e3, max: 1e7, log: true},
  state_bytes_per_sequence: {min: 1e5, max: 1e10, log: true},
  decode_tokens_per_second: {min: 1, max: 2000, log: true},
  prefill_flops_per_token: {min: 1e8, max: 1e13, log: true},
  lifetime_usd: {min: 1e4, max: 1e10, log: true},
};

export const kMetrics = Object.keys(kMetricRanges);
export const metricPairs = () => kMetrics.map((name) => [name, label(name)]);

const pairs = (...names) => names.map((name) => [String(name), String(name)]);
export const kDtypes = pairs("fp32", "bf16", "fp16", "fp8", "int8", "fp4", "int4");
const hardwarePairs = (catalog) => Object.entries(catalog.hardware).map(([key, {name}]) => [key, name]);
const number = (path, text, more = {}) => ({path, label: text, kind: "number", ...more});
const choice = (path, text, pairs, more = {}) => ({path, label: text, kind: "choice", pairs, ...more});
const toggle = (path, text) => ({path, label: text, kind: "toggle"});

// What a block holds when it is added to a study that had none.
const kTraining = {
  data_parallel: 1,
  tensor_parallel: 1,
  pipeline_parallel: 1,
  zero: 1,
  micro_batch: 1,
  context: 4096,
  recompute: "selective",
};
const kInference = {accelerator: "h100-sxm", count: 8, batch: 32, context: 8192, dtype: "bf16", kv_dtype: "bf16"};
const kBudget = {accelerator: "h100-sxm", count: 1024, days: 30, mfu: 0.4};

// `optional` blocks can be left out; the object is what they start with. A group that `needs` a block is empty without it.
export const kGroups = [
  {
    key: "budget",
    label: "Budget",
    open: true,
    optional: kBudget,
    controls: [
      {path: "budget", kind: "spending"},
      choice("budget.accelerator", "Accelerator", hardwarePairs, {none: "none"}),
      number("budget.count", "Accelerators", {
        slider: {min: 1, max: 65536, log: true, step: 1},
        snap: allowedCount,
        hint: "data parallel follows",
      }),
      number("budget.mfu", "MFU", {slider: {min: 0.05, max: 0.8, step: 0.01}, hint: "share of the peak FLOPs"}),
      number("budget.max_tokens", "At most, tokens"),
    ],
  },
  {
    key: "prices",
    label: "Prices and power",
    needs: "budget",
    controls: [
      number("budget.usd_per_hour", "$ per accelerator hour", {hint: "empty: its list price"}),
      number("budget.power_usage_effectiveness", "PUE"),
      number("budget.kg_co2_per_kwh", "kg CO2 per kWh"),
    ],
  },
  {key: "constraints", label: "Limits", open: true, controls: [{path: "constraints", kind: "limits"}]},
  {
    key: "law",
    label: "Law and gamma",
    open: true,
    controls: [
      choice("law", "Law", (catalog) => catalog.laws.map((name) => [name, name])),
      {path: "gamma", kind: "gamma", label: "Gamma", slider: {min: 1, max: 4, step: 0.01}},
      choice("domain", "Where the law was checked", [
        ["inside", "stay inside"],
        ["any", "anywhere"],
      ]),
    ],
  },
  {
    key: "objective",
    label: "Objective and search",
    controls: [
      {path: "objective", kind: "objective", label: "Objective"},
      choice("method", "Method", [
        ["certified", "certified"],
        ["exhaustive", "exhaustive: look at every point"],
      ]),
      number("top", "Designs to list"),
    ],
  },
  {
    key: "space",
    label: "Space",
    controls: [
      {path: "space.layers", kind: "axis", label: "Layers"},
      {path: "space.hidden", kind: "axis", label: "Hidden size"},
      {path: "space.ffn", kind: "axis", label: "FFN size (of one expert)", times: true},
      {path: "space.experts", kind: "axis", label: "Experts (1: dense)"},
      {path: "space.experts_active", kind: "axis", label: "Active experts"},
      {path: "space.experts_shared", kind: "axis", label: "Shared experts"},
      {
        path: "space.tokens",
        kind: "axis",
        label: "Training tokens",
        words: [
          ["budget", "what the budget leaves"],
          ["least", "the least that reach the MMLU limit"],
        ],
      },
    ],
  },
  {
    key: "template",
    label: "Template",
    controls: [
      number("template.vocab", "Vocabulary"),
      number("template.heads", "Heads", {hint: "empty: hidden / head size"}),
      number("template.kv_heads", "KV heads"),
      number("template.head_dim", "Head size"),
      toggle("template.tied_embeddings", "Tied embeddings"),
      toggle("template.gated_ffn", "Gated FFN"),
      choice(
        "template.qk_norm",
        "Norm of q and k",
        [
          ["false", "none"],
          ["head", "head: a weight per channel"],
          ["full", "full: over all heads"],
        ],
        {untyped: true},
      ),
      number("template.norms_per_layer", "Norms per layer"),
      toggle("template.norm_weights", "Norm weights"),
      toggle("template.embedding_norm", "Embedding norm"),
      number("template.learned_positions", "Learned positions"),
      toggle("template.lm_head_bias", "Head bias"),
      toggle("template.sinks", "Attention sinks"),
      number("template.ffn", "FFN of a MoE's dense layers"),
      ...["qkv", "out", "ffn", "norm"].map((part) => toggle(`template.biases.${part}`, `Bias: ${part}`)),
      number("template.mla.q_lora_rank", "MLA: q rank"),
      number("template.mla.kv_lora_rank", "MLA: KV rank"),
      number("template.mla.qk_nope_dim", "MLA: q/k size"),
      number("template.mla.qk_rope_dim", "MLA: rotary size"),
      number("template.mla.v_head_dim", "MLA: v size"),
      number("template.moe.dense_layers", "MoE: dense layers"),
      toggle("template.moe.shared_gate", "MoE: shared gate"),
      toggle("template.moe.router_bias", "MoE: router bias"),
      number("template.moe.shared_ffn", "MoE: width of a shared expert", {hint: "empty: as a routed one"}),
      {
        path: "template.pattern",
        label: "Pattern of mixers",
        kind: "names",
        hint: "as gated_delta, gated_delta, attention; over and over",
      },
      {path: "template.mixers", label: "Mixers of the pattern", kind: "json", hint: "sizes by name, as JSON"},
    ],
  },
  {
    key: "training",
    label: "Training memory",
    optional: kTraining,
    controls: [
      number("training.data_parallel", "Data parallel"),
      number("training.tensor_parallel", "Tensor parallel"),
      number("training.pipeline_parallel", "Pipeline parallel"),
      number("training.expert_parallel", "Expert parallel", {hint: "divides data parallel"}),
      choice("training.zero", "ZeRO stage", pairs(0, 1, 2, 3), {untyped: true}),
      number("training.micro_batch", "Micro batch"),
      number("training.context", "Context"),
      toggle("training.sequence_parallel", "Sequence parallel"),
      choice("training.recompute", "Recompute", pairs("none", "selective", "full")),
    ],
  },
  {
    key: "inference",
    label: "Serving",
    optional: kInference,
    controls: [
      choice("inference.accelerator", "Accelerator", hardwarePairs),
      number("inference.count", "Accelerators"),
      number("inference.batch", "Batch"),
      number("inference.context", "Context"),
      choice("inference.dtype", "Weights", kDtypes),
      choice("inference.kv_dtype", "KV cache", kDtypes, {none: "as the weights"}),
      number("inference.serve_tokens", "Tokens to serve", {hint: "for the lifetime cost"}),
      number("inference.usd_per_hour", "$ per accelerator hour", {hint: "empty: its list price"}),
    ],
  },
];

export const kSpending = [
  {key: "days", label: "Days", slider: {min: 1, max: 365, log: true, step: 1}, start: 30},
  {key: "train_flops", label: "Training FLOPs", slider: {min: 1e20, max: 1e27, log: true}, start: 1e24},
  {key: "usd", label: "Dollars", slider: {min: 1e3, max: 1e9, log: true}, start: 1e6},
];
