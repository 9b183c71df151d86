// Numbers and times as a person reads them, and the other way round.
// Knows no elements and no clock: now is an argument.

const STEPS = [
  [86_400_000, "d", 3_600_000, "h"],
  [3_600_000, "h", 60_000, "min"],
  [60_000, "min", 1000, "s"],
];
const UNITS = { ms: 0.001, s: 1, sec: 1, m: 60, min: 60, h: 3600, d: 86_400 };

/** A span: "850 ms", "12 s", "3 min 20 s", "2 h 5 min". */
export function span(ms) {
  const size = Math.abs(ms);
  if (size < 1000) return `${Math.round(size)} ms`;
  for (const [large, name, small, rest] of STEPS) {
    if (size < large) continue;
    const left = Math.floor((size % large) / small);
    return `${Math.floor(size / large)} ${name}${left ? ` ${left} ${rest}` : ""}`;
  }
  return `${Math.floor(size / 1000)} s`;
}

/** A span without parts of a second, for what is counted all the time. */
export function age(ms) {
  return ms < 1000 ? "now" : span(ms);
}

/** A time of the mock's clock as the time of day. */
export function time(ms, { parts = true } = {}) {
  const iso = stamp(ms);
  return iso === null ? "-" : iso.slice(11, parts ? 23 : 19);
}

/** A time of the mock's clock with its day. */
export function moment(ms) {
  const iso = stamp(ms);
  return iso === null ? "-" : `${iso.slice(0, 10)} ${iso.slice(11, 23)}`;
}

/** The day of a time. */
export function day(ms) {
  return (stamp(ms) ?? "-").slice(0, 10);
}

function stamp(ms) {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** How many bytes, roughly. */
export function size(bytes) {
  if (bytes === null || bytes === undefined) return "";
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** Seconds from what a person types - "90", "2m", "1.5 h" -, or null. */
export function seconds(text) {
  const match = /^\s*(-?\d+(?:[.,]\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  if (!match) return null;
  const unit = match[2] === "" ? 1 : UNITS[match[2].toLowerCase()];
  return unit === undefined ? null : Number(match[1].replace(",", ".")) * unit;
}

/** A long id, short enough for a card; the whole of it stands in the details. */
export function short(id) {
  const text = String(id);
  return text.length > 12 ? `${text.slice(0, 8)}…` : text;
}

/** A count with its word. */
export function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

/** What a client sent, as text: it need not be one. */
export function said(value) {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
