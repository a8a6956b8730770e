/* Hashes of short texts. The library behind them takes 14 ms to load, and a command that the daemon answers needs none. */
import { createRequire } from "node:module";

/** Any absolute path will do for what is Node's own; bundlers know no import.meta.url. */
const load = createRequire(process.execPath);

/** The SHA-256 of a text, 64 hexadecimal digits. */
export function sha256(text: string): string {
  const { createHash } = load("node:crypto") as typeof import("node:crypto");
  return createHash("sha256").update(text).digest("hex");
}

/** Eight hexadecimal digits that nobody can guess. */
export function randomDigits(): string {
  const { randomBytes } = load("node:crypto") as typeof import("node:crypto");
  return randomBytes(4).toString("hex");
}
