/*
 * What parsing a file will need at most. As in prediction.ts, a sum whose numbers were fitted to
 * measurements (bench/governor/fit-work.ts); a pure function.
 */

/** What a parse process with a grammar has for itself, bytes, and what each character of a file adds. */
type ParseNumbers = readonly [processBytes: number, bytesPerChar: number];

const parseNumbers: Record<string, ParseNumbers> = {
  python: [31e6, 75],
  javascript: [34e6, 65],
  typescript: [39e6, 69],
  java: [38e6, 73],
  go: [31e6, 83],
  c: [34e6, 51],
  cpp: [45e6, 73],
  rust: [37e6, 69],
};
const usualParseNumbers: ParseNumbers = [38e6, 75];

/**
 * The most that a parse process under a limit has for itself while it parses such a file, bytes.
 * @param nowBytes what it has now, of earlier files and grammars: it gives nothing back
 */
export function parsePeakBytes(language: string, chars: number, nowBytes = 0): number {
  const [processBytes, bytesPerChar] = parseNumbers[language] ?? usualParseNumbers;
  return Math.round(Math.max(nowBytes, processBytes + bytesPerChar * chars));
}
