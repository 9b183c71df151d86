// JSON text with line breaks, without reading it into numbers: what is shown is what was sent, digit for digit.
// Knows nothing but characters.

const WIDE = 64 * 1024;
const OPENS = new Set(["[", "{"]);
const CLOSES = new Set(["]", "}"]);

/** The text indented where it is JSON, and as it is where it is not. */
export function pretty(text) {
  if (text.length > WIDE || !/^\s*[[{]/.test(text)) return text;
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  return indented(text);
}

function indented(text) {
  const told = [];
  let depth = 0;
  let before = "";
  for (const token of text.match(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g) ?? []) {
    if (CLOSES.has(token)) depth -= 1;
    if (before === "," || OPENS.has(before) !== CLOSES.has(token)) told.push(line(depth));
    told.push(token === ":" ? ": " : token);
    if (OPENS.has(token)) depth += 1;
    before = token;
  }
  return told.join("");
}

function line(depth) {
  return `\n${"  ".repeat(depth)}`;
}
