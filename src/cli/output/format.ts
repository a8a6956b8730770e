/* The only place of the CLI that writes results to stdout; and how numbers look to people. */

import type { JsonCommand, JsonOutputs } from "./json-outputs.ts";

/** Writes one line of results. */
export function printLine(text = ""): void {
  process.stdout.write(`${text}\n`);
}

/** Writes one line, and waits until it is written or nobody reads it. */
export function printWhole(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.on("error", () => resolve());
    process.stdout.write(`${text}\n`, () => resolve());
  });
}

/** Takes the place of what a terminal shows; what has no room is left out. */
export function printScreen(lines: readonly string[]): void {
  const shown = lines.slice(0, Math.max(1, (process.stdout.rows ?? 50) - 1));
  process.stdout.write(`\u001b[H\u001b[J${shown.join("\n")}\n`);
}

/** Writes the result of a command for programs. */
export function printJson<Name extends JsonCommand>(
  _command: Name,
  value: JsonOutputs[Name],
): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** The same on one line, for commands that go on. */
export function printJsonLine<Name extends JsonCommand>(
  _command: Name,
  value: JsonOutputs[Name],
): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** "23.5 MB"; units of 1,000,000 bytes and so on. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** "850 ms", "12.3 s", "4 min 05 s". */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

const hourMs = 3_600_000;

/** Also of long times: "59 min 47 s", "23 h", "30 days". */
export function formatSpan(ms: number): string {
  if (ms < 2 * hourMs) return formatDuration(ms);
  return ms < 48 * hourMs
    ? `${Math.round(ms / hourMs)} h`
    : `${formatCount(ms / hourMs / 24)} days`;
}

/** "about 40 s", "about 3 min", "about 2 h": a guess, so no finer. */
export function formatAbout(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 10) return `about ${seconds} s`;
  if (seconds < 90) return `about ${Math.round(seconds / 10) * 10} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `about ${minutes} min` : `about ${Math.round(minutes / 60)} h`;
}

/** "12,345". By hand: the locales of Node take 30 ms to load. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(?:\d{3})+$)/gu, ",");
}

/** "1 file", "2 files". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Lines with their first column padded to one width. */
export function formatTable(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}

/** ANSI styles, or nothing when the output is no terminal or NO_COLOR is set. */
export function makeStyle(enabled: boolean): {
  bold: (text: string) => string;
  dim: (text: string) => string;
} {
  const wrap = (code: number) => (text: string) =>
    enabled ? `\u001b[${code}m${text}\u001b[0m` : text;
  return { bold: wrap(1), dim: wrap(2) };
}

/**
 * Text that is safe to show on a terminal: control characters and those that turn the direction of a
 * line (file names may hold them) are written as escapes, tabs stay.
 */
export function printable(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => {
      const code = character.charCodeAt(0).toString(16);
      return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
    },
  );
}

/** A share of a score: "+0.03". */
export function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(2)}`;
}

/** Lines of at most so many characters, cut between words. */
export function wrapped(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (indent.length + longer.length > width && line !== "") {
      lines.push(indent + line);
      line = word;
    } else line = longer;
  }
  return line === "" ? lines : [...lines, indent + line];
}
