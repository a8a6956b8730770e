/* Ways in which a file of a database gets damaged, the same for the same numbers. */
import {
  copyFileSync,
  existsSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";

export const damageKinds = [
  "one page is something else",
  "some pages are something else",
  "a page is zeros",
  "a page is another one",
  "single bytes are others",
  "the file is cut",
  "the header is something else",
  "bytes of the log are others",
  "a page of the log is zeros",
  "the log is cut in a page",
] as const;

export type DamageKind = (typeof damageKinds)[number];

const pageBytes = 4_096;
const sides = ["", "-wal", "-shm"];

/** Copies a database with its log. @param withIndex also the index of the log, which tells how far it goes */
export function copyDatabase(from: string, to: string, withIndex: boolean): void {
  for (const side of sides) {
    rmSync(`${to}${side}`, { force: true });
    if (side === "-shm" && !withIndex) continue;
    if (existsSync(`${from}${side}`)) copyFileSync(`${from}${side}`, `${to}${side}`);
  }
}

export function damage(path: string, kind: DamageKind, random: () => number): void {
  const isLog = kind.includes("log");
  const file = isLog ? `${path}-wal` : path;
  const bytes = readFileSync(file);
  const below = (most: number): number => Math.floor(random() * most);
  const noise = (at: number, length: number): void => {
    for (let i = at; i < Math.min(bytes.length, at + length); i++) bytes[i] = below(256);
  };
  const pages = Math.floor(bytes.length / pageBytes);
  const page = (): number => below(pages) * pageBytes;
  switch (kind) {
    case "one page is something else":
      noise(page(), pageBytes);
      break;
    case "some pages are something else":
      for (let i = 0; i < 5; i++) noise(page(), pageBytes);
      break;
    case "a page is zeros":
      zero(bytes, page(), pageBytes);
      break;
    case "a page is another one": {
      const from = page();
      bytes.copy(bytes, page(), from, from + pageBytes);
      break;
    }
    case "single bytes are others":
      for (let i = 0; i < 1 + below(40); i++) noise(below(bytes.length), 1);
      break;
    case "the file is cut":
      truncateSync(file, below(bytes.length));
      return;
    case "the header is something else":
      noise(below(60), 1 + below(200));
      break;
    case "bytes of the log are others":
      for (let i = 0; i < 1 + below(5); i++) noise(below(bytes.length), 1 + below(30));
      break;
    case "a page of the log is zeros":
      zero(bytes, below(bytes.length), pageBytes);
      break;
    case "the log is cut in a page":
      truncateSync(file, below(bytes.length));
      return;
  }
  writeFileSync(file, bytes);
}

function zero(bytes: Buffer, at: number, length: number): void {
  bytes.fill(0, at, Math.min(bytes.length, at + length));
}
