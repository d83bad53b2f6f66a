// Numbers as people type them and as sliders move them.

const kSuffixes = {K: 1e3, M: 1e6, B: 1e9, T: 1e12, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12};

// "76GB" -> 7.6e10; NaN for what is no number, as the server would say of it too.
export function parseNumber(value) {
  if (typeof value === "number") return value;
  const match = /^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([KMBT]|[KMGT]B)?\s*$/.exec(value ?? "");
  return match ? Number(match[1]) * (kSuffixes[match[2]] ?? 1) : NaN;
}

// What was typed, as a study holds it: a number if plain, the text if it has a suffix or is wrong, undefined if empty.
export function typed(text) {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const number = Number(trimmed);
  return Number.isFinite(number) ? number : trimmed.replace(/\s+/g, "");
}

// A study's number in a text field: large plain numbers get the suffix that keeps them exact.
export function fieldText(value) {
  if (typeof value !== "number") return value ?? "";
  if (value >= 1e15) return value.toExponential().replace("e+", "e");
  for (const suffix of ["T", "B", "M"]) {
    const text = Number((value / kSuffixes[suffix]).toPrecision(6)) + suffix;
    if (value >= kSuffixes[suffix] && parseNumber(text) === value) return text;
  }
  return String(value);
}

export const kSliderSteps = 1000;

// A slider's range is {min, max, log, step}: its position is 0 to kSliderSteps, evenly in the value or in its logarithm.
export function positionOf(value, {min, max, log}) {
  const share = log ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
  return Math.round(kSliderSteps * Math.min(1, Math.max(0, share || 0)));
}

// Three digits at most: what a slider can be moved to by hand.
export function valueAt(position, {min, max, log, step}) {
  const share = position / kSliderSteps;
  const value = log ? min * (max / min) ** share : min + (max - min) * share;
  const rounded = step ? Math.round(value / step) * step : value;
  return Number(rounded.toPrecision(step ? 12 : 3));
}

// Three digits, on the side that still admits the value: a limit "min" goes down, a "max" up.
export function roundOutward(value, side) {
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(value) || 1)) - 2);
  return Number(((side === "min" ? Math.floor(value / unit) : Math.ceil(value / unit)) * unit).toPrecision(12));
}
