// The state of a view in the address: #TAB?key=value&key=value, short enough to read and to send.
// Pure, but for what stands at the end.

// "#search?study=x" -> {tab: "search", values: {study: "x"}}
export function parseHash(hash) {
  const [tab, query = ""] = hash.replace(/^#/, "").split(/\?(.*)/s);
  return {tab, values: Object.fromEntries(new URLSearchParams(query))};
}

export function formatHash(tab, values) {
  const query = Object.entries(values)
    .filter(([, value]) => value !== undefined && value !== null && value !== "")
    .map(([key, value]) => `${encodeURIComponent(key)}=${readable(String(value))}`);
  return `#${tab}${query.length ? "?" : ""}${query.join("&")}`;
}

// Brackets, commas and colons stand as they are: addresses hold small JSON values.
function readable(text) {
  return encodeURIComponent(text).replace(/%(5B|5D|7B|7D|2C|3A|2F)/g, decodeURIComponent);
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// What differs from `base`, as {path: text}: "budget.days": "45". Arrays are one value; null marks what is gone.
export function changes(base, object, prefix = "") {
  const found = {};
  for (const key of new Set([...Object.keys(base), ...Object.keys(object)])) {
    const [before, after, path] = [base[key], object[key], prefix + key];
    if (isObject(before) && isObject(after)) Object.assign(found, changes(before, after, `${path}.`));
    else if (!same(before, after)) found[path] = toText(after);
  }
  return found;
}

// Undoes `changes`: a copy of `base` with these values.
export function withChanges(base, texts) {
  const object = structuredClone(base);
  for (const [path, text] of Object.entries(texts)) setAt(object, path, fromText(text));
  return object;
}

// Text stays bare unless it could be taken for JSON.
function toText(value) {
  if (value === undefined) return "null";
  if (typeof value === "string" && same(fromText(value), value)) return value;
  return JSON.stringify(value);
}

function fromText(text) {
  try {
    const value = JSON.parse(text);
    return value === null ? undefined : value;
  } catch {
    return text;
  }
}

export function getAt(object, path) {
  return path.split(".").reduce((value, key) => (isObject(value) ? value[key] : undefined), object);
}

// undefined removes the key. Keys on the way are made; the names of prototypes are no keys.
export function setAt(object, path, value) {
  const keys = path.split(".");
  const last = keys.pop();
  if ([...keys, last].some((key) => key in Object.prototype)) return;
  let place = object;
  for (const key of keys) {
    if (!isObject(place[key])) {
      if (value === undefined) return;
      place[key] = {};
    }
    place = place[key];
  }
  if (value === undefined) delete place[last];
  else place[last] = value;
}

// A small file in an address: deflated, base64 with the letters that addresses allow. Its size in bytes is bounded.
const kMostPackedBytes = 20000;

export async function pack(text) {
  const bytes = await through(new Blob([text]), new CompressionStream("deflate-raw"));
  if (bytes.length > kMostPackedBytes) return null;
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

export async function unpack(packed) {
  const letters = atob(packed.replace(/-/g, "+").replace(/_/g, "/"));
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  return new TextDecoder().decode(await through(new Blob([bytes]), new DecompressionStream("deflate-raw")));
}

async function through(blob, stream) {
  return new Uint8Array(await new Response(blob.stream().pipeThrough(stream)).arrayBuffer());
}

const kRestMs = 200;

// Writes the state of a view to the address. A change that begins makes a step that the back button undoes; on its way
// it only replaces that step, and not oftener than browsers bear.
export class AddressWriter {
  write(tab, values, committed) {
    const hash = formatHash(tab, values);
    clearTimeout(this.timer);
    if (committed) this.commit(hash);
    else if (!this.moving) this.begin(hash);
    else this.timer = setTimeout(() => history.replaceState(null, "", hash), kRestMs);
  }

  // The same state in other words, or what a new view begins with.
  replace(tab, values) {
    clearTimeout(this.timer);
    this.moving = false;
    history.replaceState(null, "", formatHash(tab, values));
  }

  begin(hash) {
    if (hash === location.hash) return;
    this.moving = true;
    history.pushState(null, "", hash);
  }

  commit(hash) {
    if (this.moving) history.replaceState(null, "", hash);
    else if (hash !== location.hash) history.pushState(null, "", hash);
    this.moving = false;
  }
}

export const readAddress = () => parseHash(location.hash);
