/* How a hit of a search stands in an answer. */
import { isSecretPath } from "../../base/paths/secret-paths.ts";
import type { HitSymbol, SearchHit } from "../../ports/answers/search.ts";
import { oneLine, shownCode, tokensOf } from "./visible-text.ts";

const mostLineChars = 400;

/** Hits as text, from the best, while they fit. Those of several folders say which. */
export function fitting(
  hits: readonly (SearchHit & { name?: string | undefined })[],
  detail: string,
  mostTokens: number,
  offset: number,
): string[] {
  const shown: string[] = [];
  let left = mostTokens;
  for (const [at, hit] of hits.entries()) {
    const text = hitText(hit, offset + at + 1, detail);
    const cost = tokensOf(text);
    if (cost > left && shown.length > 0) break;
    shown.push(cost > left ? hitText(hit, offset + at + 1, "locations") : text);
    left -= cost;
  }
  return shown;
}

function hitText(
  hit: SearchHit & { name?: string | undefined },
  number: number,
  detail: string,
): string {
  const symbol = hit.symbol;
  const name = symbol === undefined ? "" : ` ${symbol.kind} ${fullName(symbol)}`;
  const others = hit.alsoAt.filter((one) => !isSecretPath(one.path));
  const also =
    others.length === 0
      ? ""
      : ` (same text at ${others
          .slice(0, 3)
          .map((one) => `${one.path}:${one.startLine}`)
          .join(", ")})`;
  const places = hit.inFile.map(
    (one) =>
      `${one.startLine}-${one.endLine}${one.symbol === undefined ? "" : ` ${fullName(one.symbol)}`}`,
  );
  const inFile = places.length === 0 ? "" : ` (also in this file: ${places.join(", ")})`;
  const folder = hit.name === undefined ? "" : `[${hit.name}] `;
  const line = `${number} ${folder}${hit.path}:${hit.startLine}-${hit.endLine}${name}  ${hit.score.toFixed(2)}${hit.stale ? " (the file has changed since)" : ""}${also}${inFile}`;
  if (detail === "locations") return oneLine(line, 1000);
  const lines = detail === "full" ? hit.text.split("\n") : hit.snippet.lines;
  return [oneLine(line, 1000), ...lines.map((one) => `    ${shownCode(shortened(one))}`)].join(
    "\n",
  );
}

/** Longer lines are data or minified. */
function shortened(line: string): string {
  return line.length <= mostLineChars ? line : `${line.slice(0, mostLineChars)}…`;
}

function fullName({ name, container }: HitSymbol): string {
  return container === "" ? name : `${container}.${name}`;
}
