#!/usr/bin/env python3
"""Clients that move sliders of the explorer: how long a search takes to be answered, and whether the server's memory stays flat.

Each client moves gamma, days and limits of the main study at random and sends the search about ten times a second. When it rests,
about once a second, it asks for a front as well, and leaves (closes the connection) if the next move comes before the answer.

    bench/serve_load.py build/release/perflaw                      four clients for 60 s
    bench/serve_load.py build/release/perflaw --requests 10000     memory after 1,000 requests and at the end
"""
import argparse
import copy
import http.client
import json
import random
import socket
import subprocess
import threading
import time

STUDY = "1024xh100-30d"


def moved(study, rng):
    study = copy.deepcopy(study)
    study["gamma"] = round(rng.uniform(1, 2), 2)
    study["budget"]["days"] = rng.randint(10, 60)
    limits = study["constraints"]
    limits["kv_bytes_per_token"]["max"] = rng.randrange(100_000, 600_000, 10_000)
    limits["decode_tokens_per_second"]["min"] = rng.randint(20, 80)
    return study


def ask(port, request):
    """The answer and its seconds."""
    begin = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/api/search", json.dumps(request), {"Content-Type": "application/json"})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, body, time.perf_counter() - begin


class Front(threading.Thread):
    """A front that is asked for until `leave`."""

    def __init__(self, port, study):
        super().__init__(daemon=True)
        self.finished = None
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.connection.connect()
        self.study = dict(study, pareto=["mmlu", "decode_tokens_per_second"])
        self.start()

    def run(self):
        try:
            self.connection.request("POST", "/api/search", json.dumps({"study": self.study}), {"Content-Type": "application/json"})
            response = self.connection.getresponse()
            response.read()
            self.finished = response.status
        except (OSError, http.client.HTTPException, AttributeError, ValueError):
            pass  # left

    def leave(self):
        try:
            self.connection.sock.shutdown(socket.SHUT_RDWR)
        except (OSError, AttributeError):
            pass
        self.join()
        self.connection.close()


def client(port, study, seed, until, seconds, statuses):
    rng = random.Random(seed)
    front = None
    while time.perf_counter() < until:
        for _ in range(rng.randint(5, 12)):
            if front:
                front.leave()
                statuses.append(f"front {front.finished or 'left'}")
                front = None
            begin = time.perf_counter()
            status, _, took = ask(port, {"study": moved(study, rng)})
            seconds.append(took)
            statuses.append(f"search {status}")
            time.sleep(max(0, 0.1 - (time.perf_counter() - begin)))
        front = Front(port, moved(study, rng))
        time.sleep(rng.uniform(0, 0.6))
    if front:
        front.leave()


def rss(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def percentile(values, percent):
    return sorted(values)[min(len(values) - 1, int(len(values) * percent / 100))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--requests", type=int, default=0)
    options = parser.parse_args()
    server = subprocess.Popen([options.program, "serve", "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline().strip().rstrip("/").rsplit(":", 1)[1])
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/api/catalog")
        study = json.load(connection.getresponse())["studies"][STUDY]
        if options.requests:
            rng = random.Random(1)
            for done in range(1, options.requests + 1):
                ask(port, {"study": moved(study, rng)})
                if done == 100 or done % 1000 == 0:
                    print(f"{done} requests: {rss(server.pid):.1f} MiB", flush=True)
            return
        seconds, statuses = [], []
        until = time.perf_counter() + options.seconds
        threads = [threading.Thread(target=client, args=(port, study, seed, until, seconds, statuses)) for seed in range(options.clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for percent in (50, 95, 99, 100):
            print(f"p{percent}: {1000 * percentile(seconds, percent):.1f} ms")
        for status in sorted(set(statuses)):
            print(f"{status}: {statuses.count(status)}")
        print(f"memory: {rss(server.pid):.1f} MiB")
    finally:
        begin = time.perf_counter()
        server.terminate()
        status = server.wait()
        print(f"ended with status {status} in {time.perf_counter() - begin:.3f} s")


if __name__ == "__main__":
    main()
