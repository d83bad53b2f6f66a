#!/usr/bin/env python3
"""Runs all benchmarks and the same jobs in NumPy, and writes results/bench.json: python3 bench/run.py BUILD_FOLDER

Ours and NumPy's runs alternate, so that both see the same machine; each pair has to find the same best.
"""
import glob
import json
import os
import statistics
import subprocess
import sys

ROUNDS = 5
UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}
# The study and the roofline that bounds it.
PEERS = {"dense-tokens": ("BM_MinMax", "one minimum and one maximum a point, from the first cache"),
         "moe-budget": ("BM_MoeOperations", "about 160 vector operations a point: 4 logarithms, 5 exponentials")}


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))


def benchmarks(build):
    """Median items (points, of a certified search boxes) per second by the benchmark's name."""
    rates, seconds = {}, {}
    for program in sorted(glob.glob(f"{build}/bench/*_bench")):
        report = json.loads(output(program, "--benchmark_format=json", "--benchmark_repetitions=3",
                                   "--benchmark_min_time=0.05", "--benchmark_report_aggregates_only=true"))
        for run in report["benchmarks"]:
            if run["aggregate_name"] == "median":
                rates[run["run_name"]] = run["items_per_second"]
                seconds[run["run_name"]] = run["real_time"] * UNITS[run["time_unit"]]
                print(f"{run['run_name']:55} {run['items_per_second']:12.4g} /s {run['real_time']:12.4g} {run['time_unit']}",
                      flush=True)
    return rates, seconds


def ours(build, study):
    result = json.loads(output(f"{build}/perflaw", "search", study, "--method", "exhaustive", "--json", "--quiet"))
    best = result["best"][0]
    return best["index"], best["mmlu_raw"], result["seconds"], result["space_points"]


def numpy(study):
    result = json.loads(output("/usr/bin/python3", "bench/peers/sweep_numpy.py", study))
    return result["index"], result["raw"], result["seconds"], result["points"]


def peer(build, name):
    """The ratio of points per second, ours on all cores over NumPy's one process."""
    study = f"bench/peers/{name}.json"
    seconds = ([], [])
    for _ in range(ROUNDS):
        index, raw, a, points = ours(build, study)
        other_index, other_raw, b, other_points = numpy(study)
        if index != other_index or abs(raw - other_raw) > 1e-9 or points != other_points:
            sys.exit(f"{name}: {index} {raw} and NumPy's {other_index} {other_raw} are not the same best")
        seconds[0].append(a)
        seconds[1].append(b)
    mine, theirs = (statistics.median(times) for times in seconds)
    ratio = statistics.median(b / a for a, b in zip(*seconds))
    return {"points": points, "points_per_second": points / mine, "numpy_points_per_second": points / theirs, "ratio": ratio}


def main():
    build = sys.argv[1]
    cores = os.cpu_count()
    rates, seconds = benchmarks(build)
    growth = {threads: seconds[f"BM_Certified/moe_9e15/{threads}/real_time"] / seconds[f"BM_Certified/moe_5e11/{threads}/real_time"]
              for threads in (1, 2)}
    print("certified, a space grown 1.6e4-fold: " + ", ".join(f"{g:.2f} x the time on {t} threads" for t, g in growth.items()), flush=True)
    result = {"cpu": cpu_model(), "cores": cores, "items_per_second": rates, "seconds": seconds, "certified_growth": growth, "peers": {}}
    for name, (roofline, why) in PEERS.items():
        row = peer(build, name)
        bound = next(rate for key, rate in rates.items()
                     if key.startswith(roofline) and key.endswith(f"threads:{cores}"))
        row.update(roofline_points_per_second=bound, of_roofline=row["points_per_second"] / bound, bound_by=why)
        result["peers"][name] = row
        print(f"{name}: {row['points_per_second']:.4g} points/s on {cores} cores, {row['ratio']:.1f} x one NumPy process, "
              f"{row['of_roofline']:.2f} of the roofline ({why})", flush=True)
    os.makedirs("results", exist_ok=True)
    with open("results/bench.json", "w", encoding="utf-8") as file:
        json.dump(result, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main()
