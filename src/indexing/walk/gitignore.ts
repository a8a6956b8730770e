/*
 * The rules of one ignore file, as git reads them. They come with cloned projects, so what they cost has a bound:
 * names and endings are compared as they are, patterns go through a matcher whose time grows with the path alone,
 * and there are only so many of these.
 */
import { type WildcardPart, wildcardMatcher } from "../../base/paths/wildcards.ts";

/** Of one pattern, and of all patterns with wildcards of one file together; characters. */
const mostLineChars = 1_024;
const mostWildcardChars = 65_536;

export interface Rule {
  /** Of the file, from 1; the last rule that fits decides. */
  line: number;
  isNegated: boolean;
  /** Fits folders only. */
  isFolder: boolean;
}

interface Pattern extends Rule {
  /** Compared with the name alone; else with the whole path. */
  isName: boolean;
  fits: (text: string) => boolean;
}

/** Of the rules for one name or path the last ones: no other can decide. */
interface Last {
  ofAll?: Rule | undefined;
  ofFolders?: Rule | undefined;
}

export interface IgnoreFileOptions {
  /** Upper and lower case are the same. */
  ignoreCase?: boolean | undefined;
  /** An accent beside its letter is the same as both in one, as git has it on macOS. */
  composes?: boolean | undefined;
}

export class IgnoreFile {
  readonly #ignoreCase: boolean;
  readonly #composes: boolean;
  /** Rules without wildcards: by the name they are for, and by the path. */
  readonly #names = new Map<string, Last>();
  readonly #paths = new Map<string, Last>();
  /** In the order of the file. */
  readonly #patterns: Pattern[] = [];
  /** Lines that were left out because they are too long, or too many. */
  readonly leftOut: number;

  constructor(text: string, { ignoreCase = false, composes = false }: IgnoreFileOptions = {}) {
    this.#ignoreCase = ignoreCase;
    this.#composes = composes;
    let number = 0;
    let chars = 0;
    let leftOut = 0;
    for (const line of (composes ? text.normalize("NFC") : text).split("\n")) {
      number += 1;
      const said = readLine(inBytes(line.endsWith("\r") ? line.slice(0, -1) : line));
      if (said === undefined) continue;
      const letters = said.parts === undefined ? [] : withCase(said.parts, ignoreCase);
      const rule: Rule = { line: number, isNegated: said.isNegated, isFolder: said.isFolder };
      if (letters.every((part) => part.is === "letter")) {
        const plain = letters.map((part) => (part.is === "letter" ? part.letter : "")).join("");
        const rules = said.isName ? this.#names : this.#paths;
        rules.set(plain, { ...rules.get(plain), [rule.isFolder ? "ofFolders" : "ofAll"]: rule });
        continue;
      }
      chars += line.length;
      if (line.length > mostLineChars || chars > mostWildcardChars) {
        leftOut += 1;
        continue;
      }
      this.#patterns.push({ ...rule, isName: said.isName, fits: matcherOf(letters) });
    }
    this.leftOut = leftOut;
  }

  get isEmpty(): boolean {
    return this.#names.size + this.#paths.size + this.#patterns.length === 0;
  }

  /**
   * @param path relative to the folder of the file; a folder ends in "/"
   * @returns true: ignored; false: brought back; undefined: no rule speaks of it
   */
  test(path: string): boolean | undefined {
    const rule = this.deciding(path);
    return rule === undefined ? undefined : !rule.isNegated;
  }

  /** The rule that decides on a path; undefined: none speaks of it. @param path as for test() */
  deciding(path: string): Rule | undefined {
    const isFolder = path.endsWith("/");
    const said = this.#composes && beyondAscii.test(path) ? path.normalize("NFC") : path;
    const bare = isFolder ? said.slice(0, -1) : said;
    const whole = inBytes(this.#ignoreCase ? lower(bare) : bare);
    const name = whole.slice(whole.lastIndexOf("/") + 1);
    let best = later(
      lastOf(this.#names.get(name), isFolder),
      lastOf(this.#paths.get(whole), isFolder),
    );
    for (let at = this.#patterns.length - 1; at >= 0; at -= 1) {
      const pattern = this.#patterns[at] as Pattern;
      if (best !== undefined && pattern.line < best.line) break;
      if (pattern.isFolder && !isFolder) continue;
      if (pattern.fits(pattern.isName ? name : whole)) {
        best = pattern;
        break;
      }
    }
    return best;
  }
}

/** Git compares bytes: its "?" is one of them. Each becomes a letter here. */
function inBytes(text: string): string {
  return beyondAscii.test(text) ? Buffer.from(text, "utf8").toString("latin1") : text;
}

const beyondAscii = /[\u0080-\uffff]/;

function lastOf(last: Last | undefined, isFolder: boolean): Rule | undefined {
  return isFolder ? later(last?.ofAll, last?.ofFolders) : last?.ofAll;
}

function later(a: Rule | undefined, b: Rule | undefined): Rule | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.line > b.line ? a : b;
}

interface Line {
  isNegated: boolean;
  isFolder: boolean;
  isName: boolean;
  parts: WildcardPart[];
}

/** Undefined: a comment, a blank line, or a pattern that git, too, can fit nothing with. */
function readLine(text: string): Line | undefined {
  if (text.startsWith("#")) return undefined;
  let pattern = withoutTrailingSpaces(text);
  const isNegated = pattern.startsWith("!");
  if (isNegated) pattern = pattern.slice(1);
  const isFolder = pattern.endsWith("/") && !isEscaped(pattern, pattern.length - 1);
  if (isFolder) pattern = pattern.slice(0, -1);
  const isName = !pattern.includes("/");
  if (pattern.startsWith("/")) pattern = pattern.slice(1);
  if (pattern === "") return undefined;
  const parts = readParts([...pattern]);
  return parts === undefined ? undefined : { isNegated, isFolder, isName, parts };
}

/** Spaces at the end do not count, but one after a backslash. */
function withoutTrailingSpaces(text: string): string {
  let to = text.length;
  while (to > 0 && text[to - 1] === " " && !isEscaped(text, to - 1)) to -= 1;
  return text.slice(0, to);
}

/** An odd number of backslashes stands before it. */
function isEscaped(text: string, at: number): boolean {
  let count = 0;
  while (text[at - 1 - count] === "\\") count += 1;
  return count % 2 === 1;
}

function readParts(letters: readonly string[]): WildcardPart[] | undefined {
  const parts: WildcardPart[] = [];
  for (let at = 0; at < letters.length; ) {
    const letter = letters[at] as string;
    if (letter === "\\") {
      const next = letters[at + 1];
      if (next === undefined) return undefined;
      parts.push({ is: "letter", letter: next });
      at += 2;
    } else if (letter === "*") {
      let to = at;
      while (letters[to] === "*") to += 1;
      const { part, next } = readStars(letters, at, to);
      parts.push(part);
      at = next;
    } else if (letter === "?") {
      parts.push({ is: "one" });
      at += 1;
    } else if (letter === "[") {
      const read = readClass(letters, at + 1);
      if (read === undefined) return undefined;
      parts.push({ is: "class", fits: read.fits });
      at = read.next;
    } else {
      parts.push({ is: "letter", letter });
      at += 1;
    }
  }
  return parts;
}

/** Two stars that are a name of their own go across folders; any other stars stay in one. */
function readStars(
  letters: readonly string[],
  from: number,
  to: number,
): { part: WildcardPart; next: number } {
  const isOwnName = from === 0 || letters[from - 1] === "/";
  if (to - from < 2 || !isOwnName) return { part: { is: "some" }, next: to };
  if (to === letters.length) return { part: { is: "all" }, next: to };
  if (letters[to] === "/") return { part: { is: "folders" }, next: to + 1 };
  return { part: { is: "some" }, next: to };
}

type Fits = (letter: string) => boolean;

const posixClasses: Readonly<Record<string, RegExp>> = {
  alnum: /[A-Za-z0-9]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is the class of control characters
  cntrl: /[\x00-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t\n\v\f\r]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};

/** What stands between brackets. Undefined: they do not close, or have a class nobody knows. */
function readClass(
  letters: readonly string[],
  from: number,
): { fits: Fits; next: number } | undefined {
  const isNot = letters[from] === "!" || letters[from] === "^";
  const first = isNot ? from + 1 : from;
  const members: Fits[] = [];
  let before: string | undefined;
  for (let at = first; at < letters.length; ) {
    const letter = letters[at] as string;
    if (letter === "]" && at > first) {
      const fits: Fits = (one) => members.some((member) => member(one)) !== isNot;
      return { fits, next: at + 1 };
    }
    const isRange = letter === "-" && before !== undefined && letters[at + 1] !== "]";
    if (letter === "[" && letters[at + 1] === ":") {
      const close = letters.indexOf("]", at + 2);
      if (close < 0) return undefined;
      if (letters[close - 1] === ":" && close > at + 2) {
        const known = posixClasses[letters.slice(at + 2, close - 1).join("")];
        if (known === undefined) return undefined;
        members.push((one) => known.test(one));
        before = undefined;
        at = close + 1;
        continue;
      }
    }
    if (isRange) {
      const escaped = letters[at + 1] === "\\";
      const last = letters[escaped ? at + 2 : at + 1];
      if (last === undefined) return undefined;
      const [low, high] = [before as string, last].map((one) => one.codePointAt(0) as number);
      members.push((one) => {
        const code = one.codePointAt(0) as number;
        return (low as number) <= code && code <= (high as number);
      });
      before = undefined;
      at += escaped ? 3 : 2;
      continue;
    }
    const isEscape = letter === "\\";
    const member = isEscape ? letters[at + 1] : letter;
    if (member === undefined) return undefined;
    members.push((one) => one === member);
    before = member;
    at += isEscape ? 2 : 1;
  }
  return undefined;
}

function withCase(parts: readonly WildcardPart[], ignoreCase: boolean): WildcardPart[] {
  if (!ignoreCase) return [...parts];
  return parts.map((part): WildcardPart => {
    if (part.is === "letter") return { is: "letter", letter: lower(part.letter) };
    if (part.is !== "class") return part;
    const { fits } = part;
    return { is: "class", fits: (letter) => fits(letter) || fits(upper(letter)) };
  });
}

/** Git, too, folds the letters of ASCII only. */
function lower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function upper(letter: string): string {
  return /[a-z]/.test(letter) ? letter.toUpperCase() : letter;
}

/** Most patterns are a beginning or an ending: these are compared as they are. */
function matcherOf(parts: readonly WildcardPart[]): (text: string) => boolean {
  const plain = (of: readonly WildcardPart[]): string | undefined => {
    const letters = of.map((part) => (part.is === "letter" ? part.letter : undefined));
    return letters.includes(undefined) || letters.includes("/") ? undefined : letters.join("");
  };
  const [first, last] = [parts[0], parts.at(-1)];
  const ending = first?.is === "some" ? plain(parts.slice(1)) : undefined;
  const beginning = last?.is === "some" ? plain(parts.slice(0, -1)) : undefined;
  const isOneName = (text: string): boolean => !text.includes("/");
  if (ending !== undefined) return (text) => text.endsWith(ending) && isOneName(text);
  if (beginning !== undefined) return (text) => text.startsWith(beginning) && isOneName(text);
  return wildcardMatcher(parts);
}
