// The server: one function a request, and one that keeps requests from piling up.

class ApiError extends Error {}

async function answer(response) {
  const text = await response.text();
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    throw new ApiError(`the server answered ${response.status} without JSON`);
  }
  if (!response.ok) throw new ApiError(body.error ?? `the server answered ${response.status}`);
  return body;
}

export async function catalog() {
  return answer(await fetch("/api/catalog"));
}

async function post(name, body, signal) {
  const request = {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body), signal};
  return answer(await fetch(`/api/${name}`, request));
}

export async function pageText(name) {
  const response = await fetch(`/page/${name}`);
  if (!response.ok) throw new ApiError(`the page has no ${name}`);
  return response.text();
}

// How long a request may go on after a newer one was asked for: a quick answer still shows while a slider moves.
const kPatienceMs = 100;

// At most one request is under way and at most one waits: the newest. A slow one gives way to it.
// `onAnswer(result, body)` and `onError(error, body)` hear of every request but those that gave way; `onBusy(busy)` of changes.
export class Latest {
  constructor(name, {onAnswer, onError, onBusy = () => {}}) {
    Object.assign(this, {name, onAnswer, onError, onBusy, current: null, pending: null});
  }

  send(body) {
    if (!this.current) return this.start(body);
    this.pending = body;
    this.timer ??= setTimeout(() => this.current?.abort(), Math.max(0, this.started + kPatienceMs - performance.now()));
  }

  cancel() {
    this.pending = null;
    this.current?.abort();
  }

  async start(body) {
    const current = new AbortController();
    this.current = current;
    this.started = performance.now();
    this.onBusy(true);
    try {
      const result = await post(this.name, body, current.signal);
      if (!current.signal.aborted) this.onAnswer(result, body);
    } catch (error) {
      if (error.name !== "AbortError") this.onError(error, body);
    } finally {
      this.next();
    }
  }

  next() {
    clearTimeout(this.timer);
    const body = this.pending;
    this.timer = this.pending = this.current = null;
    if (body) this.start(body);
    else this.onBusy(false);
  }
}
