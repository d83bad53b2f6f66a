#!/usr/bin/env python3
"""The exhaustive sweep in NumPy, as well as NumPy allows: python3 sweep_numpy.py STUDY.json [--chunk DOUBLES] [--processes N]

One process a core, no BLAS threads. Logarithms of axes are tabulated, what fewer axes decide is computed on fewer axes and broadcast,
ufuncs write in place into buffers that stay in cache, and the law is rearranged to as few passes as it takes:
4 logarithms and exponentials a mixture of experts, one minimum and one maximum a token count. Prints one JSON
object: the best score, its lattice index, the points and the seconds.
"""
import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import json
import multiprocessing
import re
import time

import numpy as np

SUFFIXES = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}


def read(path):
    """A JSON file with // comments."""
    with open(path, encoding="utf-8") as file:
        return json.loads(re.sub(r"//[^\n]*", "", file.read()))


def number(value):
    if isinstance(value, str):
        return float(value[:-1]) * SUFFIXES[value[-1]]
    return float(value)


def axis(value):
    if isinstance(value, list):
        return np.array([number(x) for x in value])
    start, stop, step = (number(value[key]) for key in ("from", "to", "step"))
    return start + step * np.arange(int((stop - start) / step + 1e-9) + 1)


class Sweep:
    """A study of dense models with an axis of tokens, or of mixtures of experts with a budget."""

    def __init__(self, study, law, chunk):
        space, template = study["space"], study["template"]
        self.w, self.b, self.gamma = law["w"], law["b"], study["gamma"]
        self.chunk = chunk
        self.template = template
        self.layers, self.hidden, self.ffn = (axis(space[name]) for name in ("layers", "hidden", "ffn"))
        self.log_ffn = np.log(self.ffn)
        self.moe = "experts" in space
        if self.moe:
            self.experts, self.active, self.shared = (
                axis(space[name]) for name in ("experts", "experts_active", "experts_shared"))
            budget = study["budget"]
            self.log_flops = np.log(budget["train_flops"] / 6e21)
            self.log_most_tokens = np.log(number(budget["max_tokens"]) / 1e12)
            self.combinations = len(self.experts) * len(self.active) * len(self.shared)
        else:
            self.tokens = axis(space["tokens"])
            self.log_tokens = self.w[3] * np.log(self.tokens / 1e12)

    def common(self, layers, hidden):
        """Parameters beside the FFNs, those of one FFN channel, and the score's part that no other axis decides."""
        t = self.template
        heads = hidden / t["head_dim"]
        attention = 2 * hidden * t["head_dim"] * (heads + t["kv_heads"])
        base = 2 * t["vocab"] * hidden + layers * attention + (2 * layers + 1) * hidden
        score = self.w[0] * np.log(layers) + self.w[1] * np.log(hidden) + self.b
        return base, 3 * layers * hidden, score

    def dense(self, layers_range):
        """The best (score, index) of the dense models with these layers."""
        tokens = len(self.tokens)
        rows = max(1, self.chunk // tokens)
        buffer = np.empty((rows, tokens))
        best = (-np.inf, -1)
        weights = sum(self.w)
        for i in layers_range:
            for j, hidden in enumerate(self.hidden):
                layers = self.layers[i]
                base, channel, score = self.common(layers, hidden)
                cap = self.w[3] * np.log((base + channel * self.ffn) / 1e9)
                x = (10 / self.ffn + 20 / hidden) * self.gamma * layers
                rest = score + self.w[2] * self.log_ffn - weights * x * x
                first = (i * len(self.hidden) + j) * len(self.ffn)
                for k in range(0, len(self.ffn), rows):
                    part = buffer[:min(rows, len(self.ffn) - k)]
                    np.minimum(self.log_tokens, cap[k:k + rows, None], out=part)
                    row_best = part.max(axis=1)
                    row_best += rest[k:k + rows]
                    row = int(row_best.argmax())
                    if row_best[row] > best[0]:
                        best = (float(row_best[row]), (first + k + row) * tokens + int(part[row].argmax()))
        return best

    def mixtures(self, layers_range):
        """The best (score, index) of the mixtures of experts with these layers."""
        step = max(1, self.chunk // self.combinations)
        experts = self.experts[:, None, None, None]
        shared = self.shared[None, :, None, None]
        active = self.active[None, None, :, None]
        buffers = [np.empty((len(self.experts), len(self.shared), len(self.active), step)) for _ in range(4)]
        best = (-np.inf, -1)
        for i in layers_range:
            for j, hidden in enumerate(self.hidden):
                layers = self.layers[i]
                base, channel, score = self.common(layers, hidden)
                own = (base + layers * hidden * experts) / 1e9
                total_slope = channel * (experts + shared) / 1e9
                active_slope = channel * (active + shared) / 1e9
                for k in range(0, len(self.ffn), step):
                    ffn = self.ffn[k:k + step]
                    activated = np.where(ffn < hidden, (active + shared) * ffn, 0)
                    widest = np.maximum(np.maximum(shared, 1) * ffn, activated)
                    raw = self.score(own, total_slope, active_slope, ffn, 10 * self.gamma * layers / widest,
                                     20 * self.gamma * layers / hidden, self.w[2] * self.log_ffn[k:k + step],
                                     [buffer[..., :len(ffn)] for buffer in buffers])
                    e, s, a, f = np.unravel_index(int(raw.argmax()), raw.shape)
                    if raw[e, s, a, f] + score > best[0]:
                        point = (i, j, k + f, e, a, s)
                        best = (float(raw[e, s, a, f] + score), self.index(point))
        return best

    def score(self, own, total_slope, active_slope, ffn, by_ffn, by_hidden, of_ffn, buffers):
        """The law's part that experts and FFN sizes decide."""
        w = self.w
        a, g, t, u = buffers
        log_total = np.log(own + total_slope * ffn)
        np.multiply(active_slope, ffn, out=a)
        np.add(a, own, out=a)
        np.multiply(a, -0.25, out=g)
        np.exp(g, out=g)
        np.add(g, 1, out=g)
        np.log(a, out=a)
        np.subtract(a, log_total, out=t)
        np.multiply(t, 1 / 6, out=t)
        np.exp(t, out=t)  # (A/S)^(1/6), which makes g without another exponential
        np.multiply(g, t, out=g)
        np.multiply(t, t, out=u)
        np.multiply(u, t, out=u)
        np.add(u, 0.5, out=u)
        np.divide(u, g, out=g)
        np.multiply(g, by_ffn, out=t)
        np.add(t, by_hidden, out=t)
        np.multiply(t, t, out=t)
        np.multiply(t, -sum(w), out=t)
        np.log(g, out=g)
        np.multiply(g, w[0] + w[1], out=g)
        np.add(t, g, out=t)
        np.subtract(self.log_flops, a, out=u)
        np.minimum(u, self.log_most_tokens, out=u)
        np.add(a, log_total, out=a)
        np.multiply(a, 0.5, out=a)
        np.minimum(u, a, out=u)
        np.multiply(u, w[3], out=u)
        np.add(t, u, out=t)
        np.add(t, of_ffn, out=t)
        return t

    def index(self, point):
        """The lattice index of these positions."""
        axes = (self.layers, self.hidden, self.ffn, self.experts, self.active, self.shared)
        index = 0
        for position, values in zip(point, axes):
            index = index * len(values) + int(position)
        return index

    def points(self):
        inner = self.combinations if self.moe else len(self.tokens)
        return len(self.layers) * len(self.hidden) * len(self.ffn) * inner

    def run(self, layers_range):
        return self.mixtures(layers_range) if self.moe else self.dense(layers_range)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("study")
    parser.add_argument("--chunk", type=int, help="doubles of a buffer")
    parser.add_argument("--processes", type=int, default=1)
    args = parser.parse_args()
    study = read(args.study)
    law = read(f"configs/laws/{study['law']}.json")
    chunk = args.chunk or (1 << 14 if "experts" in study["space"] else 1 << 15)
    sweep = Sweep(study, law, chunk)
    shares = [range(part, len(sweep.layers), args.processes) for part in range(args.processes)]
    begin = time.perf_counter()
    if args.processes == 1:
        results = [sweep.run(shares[0])]
    else:
        with multiprocessing.Pool(args.processes) as pool:
            results = pool.map(sweep.run, shares)
    seconds = time.perf_counter() - begin
    raw, index = max(results, key=lambda result: (result[0], -result[1]))
    print(json.dumps({"raw": raw, "index": index, "points": sweep.points(), "seconds": seconds}))


if __name__ == "__main__":
    main()
