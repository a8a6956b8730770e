/*
 * Cuts the vocabulary out of a tokenizer.json without making a JavaScript string of each token:
 * parsing 30,000 of them grows the heap by 20 MB that stays. The bytes are copied as they are, and
 * the rest of the file, a few kilobytes, is parsed as usual.
 */

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const comma = 0x2c;
const colon = 0x3a;
const newline = 0x0a;

export interface CutVocabulary {
  /** The file with an empty object in the vocabulary's place. */
  rest: string;
  /** Tokens in the order of their ids, each ended by "\n"; an unused id is an empty line. */
  lines: Buffer;
}

/**
 * Undefined when the file does not have the form that the tokenizers library writes: an object
 * "vocab" of tokens and rising ids. Then parse all of it.
 */
export function cutVocabulary(file: Buffer): CutVocabulary | undefined {
  const begin = findVocabulary(file);
  if (begin === undefined) return undefined;
  const lines = Buffer.alloc(file.length);
  let written = 0;
  let nextId = 0;
  let at = begin + 1;
  for (;;) {
    at = skipSpace(file, at);
    if (file[at] === closeBrace) break;
    if (file[at] !== quote) return undefined;
    const end = endOfString(file, at);
    if (end === undefined) return undefined;
    const number = readId(file, end + 1);
    if (number === undefined || number.id < nextId || number.id > nextId + 65_536) return undefined;
    // An escaped token gets shorter, so the file's own length is enough but for gaps between ids.
    if (written + (number.id - nextId) + (end - at) > lines.length) return undefined;
    for (; nextId < number.id; nextId += 1) lines[written++] = newline;
    const token = file.subarray(at + 1, end);
    if (token.includes(backslash)) {
      const text = JSON.parse(file.toString("utf8", at, end + 1)) as string;
      if (text.includes("\n")) return undefined;
      written += lines.write(text, written, "utf8");
    } else {
      written += token.copy(lines, written);
    }
    lines[written++] = newline;
    nextId += 1;
    at = skipSpace(file, number.end);
    if (file[at] === comma) at += 1;
    else if (file[at] !== closeBrace) return undefined;
  }
  const rest = `${file.toString("utf8", 0, begin)}{}${file.toString("utf8", at + 1)}`;
  return { rest, lines: lines.subarray(0, written) };
}

/** Id of a token; undefined when the vocabulary has it not. */
export function idInLines(lines: Buffer, token: string): number | undefined {
  const line = Buffer.from(`${token}\n`);
  let id = 0;
  for (let at = 0; at < lines.length; id += 1) {
    const end = lines.indexOf(newline, at);
    if (end - at + 1 === line.length && lines.compare(line, 0, line.length, at, end + 1) === 0) {
      return id;
    }
    at = end + 1;
  }
  return undefined;
}

/** Index of the brace after "vocab":. The word alone may be a token, with a number after it. */
function findVocabulary(file: Buffer): number | undefined {
  for (let at = file.indexOf('"vocab"'); at !== -1; at = file.indexOf('"vocab"', at + 1)) {
    const after = skipSpace(file, at + 7);
    if (file[after] !== colon) continue;
    const value = skipSpace(file, after + 1);
    if (file[value] === openBrace) return value;
  }
  return undefined;
}

function skipSpace(file: Buffer, from: number): number {
  let at = from;
  while (file[at] === 0x20 || file[at] === newline || file[at] === 0x0d || file[at] === 0x09) {
    at += 1;
  }
  return at;
}

/** Index of the closing quote of the string that begins at `open`. */
function endOfString(file: Buffer, open: number): number | undefined {
  for (let at = open + 1; at < file.length; at += 1) {
    if (file[at] === backslash) at += 1;
    else if (file[at] === quote) return at;
  }
  return undefined;
}

function readId(file: Buffer, from: number): { id: number; end: number } | undefined {
  let at = skipSpace(file, from);
  if (file[at] !== colon) return undefined;
  at = skipSpace(file, at + 1);
  const start = at;
  let id = 0;
  for (let digit = (file[at] ?? 0) - 0x30; digit >= 0 && digit <= 9; ) {
    id = id * 10 + digit;
    at += 1;
    digit = (file[at] ?? 0) - 0x30;
  }
  return at === start || at - start > 9 ? undefined : { id, end: at };
}
