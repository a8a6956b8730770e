import { readFileSync } from "node:fs";
import { readElf } from "./elf.ts";
import type { BinaryFacts } from "./facts.ts";
import { readMachO } from "./mach-o.ts";
import { readPe } from "./pe.ts";

/** @throws Error for a file of no format that is known */
export function readBinary(path: string): BinaryFacts {
  const bytes = readFileSync(path);
  const head = bytes.readUInt32BE(0);
  if (head === 0x7f454c46) return readElf(bytes);
  if (head === 0xcffaedfe) return readMachO(bytes);
  if (bytes.toString("latin1", 0, 2) === "MZ") return readPe(bytes);
  throw new Error(`${path} is neither ELF nor Mach-O for one architecture nor PE.`);
}
