/* The texts to tokenise: the functions of CoSQA in an evaluation folder, or pieces of a source tree. */
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";

const sourceEndings = new Set(
  ".c .cc .cpp .cs .go .h .hpp .java .js .jsx .kt .md .mjs .php .py .rb .rs .scala .swift .ts .tsx".split(
    " ",
  ),
);
const pieceLength = 2_000;
const mostCharacters = 20_000_000;

export function functionsOf(evaluation: string): string[] {
  const path = join(evaluation, "cosqa", "code_idx_map.txt");
  return Object.keys(JSON.parse(readFileSync(path, "utf8")) as object);
}

/** Source files below `folder` in pieces of 2,000 characters, 20 million characters at most. */
export function piecesOf(folder: string): string[] {
  const pieces: string[] = [];
  let characters = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !sourceEndings.has(extname(entry.name))) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), "utf8").toWellFormed();
    for (let at = 0; at < text.length; at += pieceLength)
      pieces.push(text.slice(at, at + pieceLength).toWellFormed());
    characters += text.length;
    if (characters >= mostCharacters) break;
  }
  return pieces;
}
