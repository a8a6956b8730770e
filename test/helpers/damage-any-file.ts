/* Damages a file in a way that a disk, a crash or another program might. The same seed does the same. */
import {
  appendFileSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";

export type Random = () => number;

/** Numbers from 0 to below 1. */
export function randomOf(seed: number): Random {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

const pageBytes = 4096;

const ways: Record<string, (path: string, random: Random) => void> = {
  "bits flipped": (path, random) =>
    change(path, (bytes) => {
      for (let i = 0; i < 1 + random() * 40; i += 1) {
        const at = Math.floor(random() * bytes.length);
        bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(random() * 8));
      }
    }),
  "a page of zeros": (path, random) =>
    change(path, (bytes) => {
      const at = Math.floor((random() * bytes.length) / pageBytes) * pageBytes;
      bytes.fill(0, at, at + pageBytes);
    }),
  "a page of rubbish": (path, random) =>
    change(path, (bytes) => {
      const from = Math.floor((random() * bytes.length) / pageBytes) * pageBytes;
      for (let at = from; at < Math.min(bytes.length, from + pageBytes); at += 1) {
        bytes[at] = Math.floor(random() * 256);
      }
    }),
  "pages swapped": (path, random) =>
    change(path, (bytes) => {
      const pages = Math.floor(bytes.length / pageBytes);
      if (pages < 2) return;
      const [a, b] = [random, random].map((next) => Math.floor(next() * pages) * pageBytes) as [
        number,
        number,
      ];
      const kept = bytes.slice(a, a + pageBytes);
      bytes.copyWithin(a, b, b + pageBytes);
      bytes.set(kept, b);
    }),
  "the first bytes changed": (path, random) =>
    change(path, (bytes) => {
      for (let at = 0; at < Math.min(100, bytes.length); at += 1) {
        if (random() < 0.2) bytes[at] = Math.floor(random() * 256);
      }
    }),
  "cut short": (path, random) => truncateSync(path, Math.floor(random() * statSync(path).size)),
  emptied: (path) => truncateSync(path, 0),
  "rubbish at its end": (path, random) =>
    appendFileSync(path, Buffer.from(Array.from({ length: 5000 }, () => random() * 256))),
  removed: (path) => rmSync(path),
  "another text": (path) => writeFileSync(path, "this is no file of Haypile\n"),
};

function change(path: string, how: (bytes: Uint8Array) => void): void {
  const bytes = new Uint8Array(readFileSync(path));
  if (bytes.length === 0) return;
  how(bytes);
  writeFileSync(path, bytes);
}

/** @returns what was done, for people */
export function damage(path: string, random: Random): string {
  const [name, how] = pick(random, Object.entries(ways));
  how(path, random);
  return name;
}
