/*
 * A notebook as text: the sources of its cells, without outputs, pictures and metadata. Where the file has one line of
 * source on a line of its own, as Jupyter and VS Code write it, each keeps its line and all else is blank, so that a
 * line number of the text is one of the file. Otherwise the cells follow each other. A line "# %%" stands before each
 * cell, with "[markdown]", "[raw]" or the language of a kernel that is not Python.
 */

interface Cell {
  type: string;
  /** Row of the word "source". */
  row: number;
  pieces: { text: string; row: number }[];
  isList: boolean;
}

/** Deeper is no notebook. */
const mostDepth = 64;

/** The text of a notebook; undefined: it is none, or no valid JSON. */
export function notebookText(text: string): string | undefined {
  const read = new NotebookReader(text).read();
  if (read === undefined || (read.cells.length === 0 && !read.hasCells)) return undefined;
  const { cells, rows, language } = read;
  return cells.every(isLineByLine) ? inPlace(cells, rows, language) : inOrder(cells, language);
}

/** The mark before a cell of source. */
function markOf({ type }: Cell, language: string): string {
  if (type !== "code") return `# %% [${type}]`;
  return language === "" || language === "python" ? "# %%" : `# %% [${language}]`;
}

function isLineByLine({ pieces, isList, row }: Cell): boolean {
  if (pieces.length === 0) return true;
  return (
    isList &&
    pieces.every((piece, at) => {
      const before = at === 0 ? row : (pieces[at - 1] as Cell["pieces"][number]).row;
      return piece.row > before && !/[\n\r]/.test(piece.text.replace(/\r?\n$/, ""));
    })
  );
}

function inPlace(cells: readonly Cell[], rows: number, language: string): string {
  const lines = new Array<string>(rows).fill("");
  for (const cell of cells) {
    if (cell.pieces.length === 0) continue;
    lines[cell.row] = markOf(cell, language);
    for (const { text, row } of cell.pieces) lines[row] = text.replace(/\r?\n$/, "");
  }
  return `${lines.join("\n")}\n`;
}

function inOrder(cells: readonly Cell[], language: string): string {
  return cells
    .filter(({ pieces }) => pieces.length > 0)
    .map((cell) => {
      const source = cell.pieces.map((piece) => piece.text).join("");
      return `${markOf(cell, language)}\n${source.replace(/\r\n?/g, "\n").replace(/\n$/, "")}\n`;
    })
    .join("\n");
}

type Path = (string | number)[];

/** Walks through the JSON once, and keeps what cells say. */
class NotebookReader {
  readonly #text: string;
  #at = 0;
  #row = 0;
  readonly #cells: Cell[] = [];
  #cell: Cell = emptyCell();
  #hasCells = false;
  #language = "";

  constructor(text: string) {
    this.#text = text;
  }

  read(): { cells: Cell[]; rows: number; language: string; hasCells: boolean } | undefined {
    try {
      this.#space();
      if (this.#text[this.#at] !== "{") return undefined;
      this.#value([]);
      this.#space();
      if (this.#at < this.#text.length) return undefined;
    } catch {
      return undefined;
    }
    const rows = this.#row + 1;
    return { cells: this.#cells, rows, language: this.#language, hasCells: this.#hasCells };
  }

  #value(path: Path): void {
    if (path.length > mostDepth) throw new SyntaxError("too deep");
    const sign = this.#text[this.#at];
    if (sign === "{") this.#object(path);
    else if (sign === "[") this.#list(path);
    else if (sign === '"') this.#said(path);
    else {
      const word = /[-+.\w]+/y;
      word.lastIndex = this.#at;
      const found = word.exec(this.#text);
      if (found === null) throw new SyntaxError("no value");
      this.#at += found[0].length;
    }
  }

  #object(path: Path): void {
    const isCell = isCellPath(path);
    if (isCell) this.#cell = emptyCell();
    this.#at += 1;
    this.#space();
    while (this.#text[this.#at] !== "}") {
      const row = this.#row;
      const key = JSON.parse(this.#string()) as string;
      this.#space();
      this.#take(":");
      this.#space();
      if (isCell && isSource(key)) {
        this.#cell.row = row;
        this.#cell.isList = this.#text[this.#at] === "[";
      }
      this.#value([...path, key]);
      this.#comma("}");
    }
    this.#at += 1;
    if (isCell) this.#cells.push(this.#cell);
  }

  #list(path: Path): void {
    if (path.at(-1) === "cells" && path.length <= 3) this.#hasCells = true;
    this.#at += 1;
    this.#space();
    for (let index = 0; this.#text[this.#at] !== "]"; index += 1) {
      this.#value([...path, index]);
      this.#comma("]");
    }
    this.#at += 1;
  }

  /** A string that is a value: of what a cell is, of its source, or of the kernel's language. */
  #said(path: Path): void {
    const row = this.#row;
    const written = this.#string();
    const last = path.at(-1);
    const isItem = typeof last === "number";
    const key = isItem ? path.at(-2) : last;
    const holder = isItem ? path.slice(0, -2) : path.slice(0, -1);
    if (isCellPath(holder)) {
      if (key === "cell_type") this.#cell.type = JSON.parse(written) as string;
      else if (isSource(key)) this.#cell.pieces.push({ text: JSON.parse(written) as string, row });
    } else if (holder[0] === "metadata" && holder.length === 2) {
      const isLanguage = holder[1] === "kernelspec" ? key === "language" : key === "name";
      if (isLanguage && (holder[1] === "kernelspec" || this.#language === "")) {
        if (holder[1] === "kernelspec" || holder[1] === "language_info") {
          this.#language = (JSON.parse(written) as string).toLowerCase();
        }
      }
    }
  }

  /** A string as it is written, with its quotes. */
  #string(): string {
    const from = this.#at;
    if (this.#text[from] !== '"') throw new SyntaxError("no string");
    let end = from;
    let isOpen = true;
    while (isOpen) {
      end = this.#text.indexOf('"', end + 1);
      if (end < 0) throw new SyntaxError("no end of a string");
      let slashes = 0;
      while (this.#text[end - 1 - slashes] === "\\") slashes += 1;
      isOpen = slashes % 2 === 1;
    }
    this.#at = end + 1;
    return this.#text.slice(from, end + 1);
  }

  #comma(closing: string): void {
    this.#space();
    if (this.#text[this.#at] === closing) return;
    this.#take(",");
    this.#space();
  }

  #take(sign: string): void {
    if (this.#text[this.#at] !== sign) throw new SyntaxError(`no ${sign}`);
    this.#at += 1;
  }

  #space(): void {
    for (; this.#at < this.#text.length; this.#at += 1) {
      const sign = this.#text.charCodeAt(this.#at);
      if (sign === 10) this.#row += 1;
      else if (sign !== 32 && sign !== 9 && sign !== 13 && sign !== 0xfeff) return;
    }
  }
}

function emptyCell(): Cell {
  return { type: "code", row: 0, pieces: [], isList: false };
}

/** cells[3], and worksheets[0].cells[3] of old ones. */
function isCellPath(path: Path): boolean {
  const [first, second, third, fourth] = path;
  if (path.length === 2) return first === "cells" && typeof second === "number";
  return (
    path.length === 4 && first === "worksheets" && third === "cells" && typeof fourth === "number"
  );
}

/** Code of the oldest notebooks is "input". */
function isSource(key: string | number | undefined): boolean {
  return key === "source" || key === "input";
}
