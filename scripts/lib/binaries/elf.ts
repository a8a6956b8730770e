/* The format's numbers: "System V Application Binary Interface", and "LSB" for versions of symbols. */
import { type BinaryFacts, textAt } from "./facts.ts";

const archs: Readonly<Record<number, BinaryFacts["arch"]>> = { 62: "x64", 183: "arm64" };
const segment = { dynamic: 2, interpreter: 3, stack: 0x6474e551 };
const section = { symbols: 11, versionNeeds: 0x6ffffffe };
const tag = { needed: 1, name: 14, rpath: 15, textRelocations: 22, runPath: 29, flags: 30 };
const flagTextRelocations = 4;

interface Section {
  type: number;
  offset: number;
  size: number;
  link: number;
  info: number;
}

/** Of a 64-bit little-endian file. */
export function readElf(bytes: Buffer): BinaryFacts {
  const number = (at: number): number => Number(bytes.readBigUInt64LE(at));
  const sections: Section[] = [];
  for (let i = 0; i < bytes.readUInt16LE(60); i++) {
    const at = number(40) + i * bytes.readUInt16LE(58);
    sections.push({
      type: bytes.readUInt32LE(at + 4),
      offset: number(at + 24),
      size: number(at + 32),
      link: bytes.readUInt32LE(at + 40),
      info: bytes.readUInt32LE(at + 44),
    });
  }
  const facts: BinaryFacts = {
    format: "elf",
    arch: archs[bytes.readUInt16LE(18)] ?? "other",
    kind: "library",
    needs: [],
    offers: [],
    wants: [],
    versions: [],
    paths: [],
    isLax: false,
  };
  readSegments(bytes, sections, facts);
  for (const found of sections) {
    const names = sections[found.link]?.offset ?? 0;
    if (found.type === section.symbols) readSymbols(bytes, found, names, facts);
    if (found.type === section.versionNeeds) readVersions(bytes, found, names, facts);
  }
  return facts;
}

function readSegments(bytes: Buffer, sections: readonly Section[], facts: BinaryFacts): void {
  const number = (at: number): number => Number(bytes.readBigUInt64LE(at));
  let hasDynamic = false;
  for (let i = 0; i < bytes.readUInt16LE(56); i++) {
    const at = number(32) + i * bytes.readUInt16LE(54);
    const type = bytes.readUInt32LE(at);
    const offset = number(at + 8);
    if (type === segment.interpreter) facts.interpreter = textAt(bytes, offset);
    if (type === segment.stack && (bytes.readUInt32LE(at + 4) & 1) !== 0) facts.isLax = true;
    if (type !== segment.dynamic) continue;
    hasDynamic = true;
    const own = sections.find((one) => one.offset === offset && one.type === 6);
    const names = sections[own?.link ?? 0]?.offset ?? 0;
    for (let entry = offset; number(entry) !== 0; entry += 16) {
      readEntry(number(entry), number(entry + 8), names, bytes, facts);
    }
  }
  if (facts.interpreter !== undefined || !hasDynamic) facts.kind = "program";
}

function readEntry(
  kind: number,
  value: number,
  names: number,
  bytes: Buffer,
  facts: BinaryFacts,
): void {
  if (kind === tag.needed) facts.needs.push(textAt(bytes, names + value));
  if (kind === tag.name || kind === tag.rpath || kind === tag.runPath)
    facts.paths.push(textAt(bytes, names + value));
  if (kind === tag.textRelocations) facts.isLax = true;
  if (kind === tag.flags && (value & flagTextRelocations) !== 0) facts.isLax = true;
}

function readSymbols(bytes: Buffer, found: Section, names: number, facts: BinaryFacts): void {
  for (let at = found.offset + 24; at < found.offset + found.size; at += 24) {
    const name = textAt(bytes, names + bytes.readUInt32LE(at));
    if (name === "") continue;
    (bytes.readUInt16LE(at + 6) === 0 ? facts.wants : facts.offers).push(name);
  }
}

function readVersions(bytes: Buffer, found: Section, names: number, facts: BinaryFacts): void {
  let at = found.offset;
  for (let i = 0; i < found.info; i++) {
    let entry = at + bytes.readUInt32LE(at + 8);
    for (let j = 0; j < bytes.readUInt16LE(at + 2); j++) {
      facts.versions.push(textAt(bytes, names + bytes.readUInt32LE(entry + 8)));
      entry += bytes.readUInt32LE(entry + 12);
    }
    at += bytes.readUInt32LE(at + 12);
  }
}
