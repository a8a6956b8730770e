/* How a hit of a search stands in a terminal. */
import type { PlaceInFile, SearchHit } from "../../../ports/answers/search.ts";
import { type makeStyle, printable, printLine, signed } from "../../output/format.ts";
import { fullName } from "./symbol.ts";

/** @param name of its folder, where there are several */
export function printHit(
  hit: SearchHit,
  lines: number,
  style: ReturnType<typeof makeStyle>,
  name = "",
): void {
  const symbol = hit.symbol === undefined ? "" : `  ${printable(fullName(hit.symbol))}`;
  const stale = hit.stale ? "  (stale: the file has changed)" : "";
  const folder = name === "" ? "" : `${printable(name)}  `;
  printLine(`${folder}${style.bold(place(hit))}${symbol}${stale}  ${style.dim(parts(hit))}`);
  for (const [i, line] of (lines === 0 ? [] : hit.snippet.lines).entries()) {
    const number = String(hit.snippet.startLine + i).padStart(5);
    printLine(`  ${style.dim(number)}  ${printable(line)}`);
  }
  if (hit.alsoAt.length > 0) {
    const others = hit.alsoAt.slice(0, 3).map(place).join(", ");
    const more = hit.alsoAt.length > 3 ? ` and ${hit.alsoAt.length - 3} more` : "";
    printLine(`  ${style.dim(`same text at ${others}${more}`)}`);
  }
  if (hit.inFile.length > 0) {
    printLine(`  ${style.dim(`also in this file: ${hit.inFile.map(placeInFile).join(", ")}`)}`);
  }
  printLine();
}

function place(at: { path: string; startLine: number; endLine: number }): string {
  return `${printable(at.path)}:${at.startLine}-${at.endLine}`;
}

function placeInFile({ startLine, endLine, symbol }: PlaceInFile): string {
  const lines = `${startLine}-${endLine}`;
  return symbol === undefined ? lines : `${lines} ${printable(fullName(symbol))}`;
}

function parts(hit: SearchHit): string {
  const { words, meaning, name, path, rerank, late } = hit.parts;
  const show = (value: number | null): string => (value === null ? "-" : value.toFixed(2));
  const named = name === undefined ? "" : `  name +${name.toFixed(2)}`;
  const prior = path === undefined ? "" : `  path ${path.toFixed(2)}`;
  const compared = late === undefined ? "" : `  late ${signed(late)}`;
  const reranked = rerank === undefined ? compared : `  rerank ${rerank.toFixed(2)}`;
  return `score ${hit.score.toFixed(2)}  words ${show(words)}  meaning ${show(meaning)}${named}${prior}${reranked}`;
}
