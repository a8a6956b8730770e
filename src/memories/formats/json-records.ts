/*
 * Finds the records in a text of JSON, whichever way it was laid out: one a line, several glued on a line, over
 * many lines, in a list, or in a list inside of one object ("memories", "entities"). The text comes in pieces and
 * is not held. A record that is broken is refused with its line, and reading goes on with the next line.
 */

export type FoundRecord =
  | { line: number; text: string; list: string | undefined }
  | { line: number; reason: string };

/** Members whose lists hold records. */
const lists: ReadonlySet<string> = new Set(
  "memories entities relations items data records results documents entries notes".split(" "),
);
/** An object with one of these is a record itself. */
const ownMembers: ReadonlySet<string> = new Set(
  "text content memory observations name from format".split(" "),
);

const deepest = 64;
/** Characters of one record: a text of a million, escaped, with its history. */
const longestRecord = 64_000_000;

type Expected = "value" | "first-value" | "key" | "first-key" | "colon" | "more";

interface List {
  name: string | undefined;
  line: number;
  /** It stands in an object whose end is still to come. */
  isInside: boolean;
}

const [quote, backslash, newline] = [0x22, 0x5c, 0x0a];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];
const [comma, colon] = [0x2c, 0x3a];

export class JsonRecords {
  readonly #found: FoundRecord[] = [];
  readonly #open: List[] = [];
  #text = "";
  #at = 0;
  #line = 1;
  /** Where the record at work begins; -1: none does. */
  #start = -1;
  #startLine = 1;
  /** It is what is left of an object around a list, and no record. */
  #isRest = false;
  /** Brackets of the record that are open. */
  #depth: number[] = [];
  #expected: Expected = "value";
  #inString = false;
  #isEscaped = false;
  #inWord = false;
  #keyStart = 0;
  #key = "";
  #hasOwnMember = false;
  /** A list of that name has begun: a record in it makes it one of records. */
  #mayBeList = false;
  /** Something was broken inside a list: only the beginning of a line counts. */
  #isLost = false;
  #isAtLineStart = true;

  /** The next piece. @returns what was found so far */
  push(piece: string): FoundRecord[] {
    // Only one at the very beginning is a mark of the encoding.
    const isFirst = this.#line === 1 && this.#text === "" && this.#at === 0;
    this.#text += isFirst && piece.startsWith("\ufeff") ? piece.slice(1) : piece;
    this.#scan();
    const keep = this.#start === -1 ? this.#at : this.#start;
    this.#text = this.#text.slice(keep);
    this.#at -= keep;
    this.#keyStart -= keep;
    if (this.#start !== -1) this.#start = 0;
    return this.#found.splice(0);
  }

  /** After the last piece. */
  end(): FoundRecord[] {
    while (this.#start !== -1) {
      if (this.#inWord && this.#depth.length === 0) this.#finish(this.#at);
      else {
        this.#break("it ends in the middle");
        this.#scan();
      }
    }
    const list = this.#open.at(0);
    if (list !== undefined) {
      const reason = `the list that begins in line ${list.line} has no end`;
      this.#found.push({ line: this.#line, reason });
    }
    return this.#found.splice(0);
  }

  #scan(): void {
    while (this.#at < this.#text.length) {
      const code = this.#text.charCodeAt(this.#at);
      if (this.#start === -1) this.#between(code);
      else if (this.#inString) this.#string(code);
      else this.#inside(code);
      if (this.#start !== -1 && this.#at - this.#start > longestRecord)
        this.#break("it is too long");
    }
  }

  /** Between two records. */
  #between(code: number): void {
    const isAtLineStart = this.#isAtLineStart;
    this.#at += 1;
    if (code === newline) {
      this.#line += 1;
      this.#isAtLineStart = true;
      if (this.#open.length === 0) this.#isLost = false;
      return;
    }
    // Space, carriage return, tab, the mark of a byte order, the sign that separates records (RFC 7464).
    if (code === 0x20 || code === 0x0d || code === 0x09 || code === 0xfeff || code === 0x1e) return;
    this.#isAtLineStart = false;
    if (this.#isLost) {
      const isBeginning = code === openBrace || code === closeBracket;
      if (!isAtLineStart || !isBeginning) return;
      this.#isLost = false;
    }
    if (code === comma) return;
    if (code === closeBracket && this.#open.length > 0) {
      const list = this.#open.pop() as List;
      if (list.isInside) this.#begin(this.#at, [openBrace], "more", true);
      return;
    }
    if (code === openBracket) {
      this.#open.push({ name: undefined, line: this.#line, isInside: false });
      return;
    }
    this.#at -= 1;
    this.#begin(this.#at, [], "value", false);
    const isValue = code === openBrace || code === quote || this.#open.length > 0;
    if (!isValue || code === closeBrace || code === colon) this.#break("it is no JSON object");
  }

  #begin(at: number, depth: number[], expected: Expected, isRest: boolean): void {
    this.#start = at;
    this.#startLine = this.#line;
    this.#isRest = isRest;
    this.#depth = depth;
    this.#expected = expected;
    this.#inString = false;
    this.#inWord = false;
    this.#mayBeList = false;
    this.#hasOwnMember = false;
    this.#key = "";
  }

  #string(code: number): void {
    this.#at += 1;
    if (this.#isEscaped) this.#isEscaped = false;
    else if (code === backslash) this.#isEscaped = true;
    else if (code === newline) {
      this.#at -= 1;
      this.#break("a text in it is not closed");
    } else if (code === quote) {
      this.#inString = false;
      this.#stringEnds();
    }
  }

  #stringEnds(): void {
    if (this.#expected === "key" || this.#expected === "first-key") {
      this.#expected = "colon";
      if (this.#depth.length > 1) return;
      this.#key = this.#text.slice(this.#keyStart, this.#at - 1);
      if (ownMembers.has(this.#key)) this.#hasOwnMember = true;
      return;
    }
    this.#valueEnds();
  }

  #valueEnds(): void {
    this.#expected = "more";
    if (this.#depth.length === 0) this.#finish(this.#at);
  }

  /** Inside a record, outside of its texts. */
  #inside(code: number): void {
    if (this.#inWord) {
      if (isOfWord(code)) {
        this.#at += 1;
        return;
      }
      this.#inWord = false;
      this.#valueEnds();
      return;
    }
    if (code === newline) this.#line += 1;
    this.#at += 1;
    if (code === 0x20 || code === newline || code === 0x0d || code === 0x09) return;
    const mayBeList = this.#mayBeList;
    this.#mayBeList = false;
    if (!this.#takes(code, mayBeList)) {
      this.#at -= 1;
      this.#break("it is no JSON");
    }
  }

  /** False: this sign cannot stand here. */
  #takes(code: number, mayBeList: boolean): boolean {
    const expected = this.#expected;
    const isValue = expected === "value" || expected === "first-value";
    if (code === quote) {
      if (!isValue && expected !== "key" && expected !== "first-key") return false;
      this.#inString = true;
      this.#keyStart = this.#at;
      return true;
    }
    if (code === openBrace || code === openBracket) {
      if (!isValue || this.#depth.length >= deepest) return false;
      if (mayBeList && code === openBrace) return this.#enterList();
      this.#mayBeList = code === openBracket && this.#depth.length === 1 && this.#isList();
      this.#depth.push(code);
      this.#expected = code === openBrace ? "first-key" : "first-value";
      return true;
    }
    if (code === closeBrace || code === closeBracket) return this.#close(code);
    if (code === comma) {
      if (expected !== "more" || this.#depth.length === 0) return false;
      this.#expected = this.#depth.at(-1) === openBrace ? "key" : "value";
      return true;
    }
    if (code === colon) {
      if (expected !== "colon") return false;
      this.#expected = "value";
      return true;
    }
    if (!isValue || !isOfWord(code)) return false;
    this.#inWord = true;
    return true;
  }

  #isList(): boolean {
    return this.#depth[0] === openBrace && lists.has(this.#key) && !this.#hasOwnMember;
  }

  /** The first record of a list inside of an object: what stood before in the object is none. */
  #enterList(): boolean {
    this.#open.push({ name: this.#key, line: this.#line, isInside: true });
    this.#begin(this.#at - 1, [openBrace], "first-key", false);
    return true;
  }

  #close(code: number): boolean {
    const { length } = this.#depth;
    const open = this.#depth.at(-1);
    const isRight = open === (code === closeBrace ? openBrace : openBracket);
    const isComplete =
      this.#expected === "more" ||
      this.#expected === (code === closeBrace ? "first-key" : "first-value");
    if (length === 0 || !isRight || !isComplete) return false;
    this.#depth.pop();
    this.#valueEnds();
    return true;
  }

  #finish(end: number): void {
    if (!this.#isRest) {
      const text = this.#text.slice(this.#start, end);
      this.#found.push({ line: this.#startLine, text, list: this.#open.at(-1)?.name });
    }
    this.#start = -1;
    this.#inWord = false;
    this.#isAtLineStart = false;
  }

  /** Refuses the record and goes on with the line after its first one. */
  #break(reason: string): void {
    this.#found.push({ line: this.#startLine, reason });
    const next = this.#text.indexOf("\n", this.#start);
    const isOnOneLine = next === -1 || next >= this.#at;
    this.#at = next === -1 ? this.#text.length : next;
    // What is left of the line may come with the next piece.
    if (isOnOneLine && next === -1) this.#isLost = true;
    this.#line = this.#startLine;
    this.#start = -1;
    this.#depth = [];
    this.#inString = false;
    this.#isEscaped = false;
    this.#inWord = false;
    this.#isAtLineStart = false;
    if (this.#open.length > 0) this.#isLost = true;
  }
}

/** Of numbers, true, false, null, and of what is none of them. */
function isOfWord(code: number): boolean {
  return (
    code > 0x20 &&
    code !== quote &&
    code !== comma &&
    code !== colon &&
    code !== openBrace &&
    code !== closeBrace &&
    code !== openBracket &&
    code !== closeBracket
  );
}
