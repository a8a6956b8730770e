/* The format's numbers: Apple's mach-o/loader.h and mach-o/nlist.h. */
import { type BinaryFacts, textAt } from "./facts.ts";

const archs: Readonly<Record<number, BinaryFacts["arch"]>> = {
  16777223: "x64",
  16777228: "arm64",
};
const program = 2;
const command = {
  symbols: 0x2,
  library: 0xc,
  weakLibrary: 0x80000018,
  reexported: 0x8000001f,
  ownName: 0xd,
  path: 0x8000001c,
  signature: 0x1d,
  oldSystem: 0x24,
  system: 0x32,
};

/** Of a 64-bit file for one architecture. */
export function readMachO(bytes: Buffer): BinaryFacts {
  const facts: BinaryFacts = {
    format: "mach-o",
    arch: archs[bytes.readUInt32LE(4)] ?? "other",
    kind: bytes.readUInt32LE(12) === program ? "program" : "library",
    needs: [],
    offers: [],
    wants: [],
    versions: [],
    paths: [],
    isSigned: false,
  };
  let at = 32;
  for (let i = 0; i < bytes.readUInt32LE(16); i++) {
    const kind = bytes.readUInt32LE(at);
    const text = (): string => textAt(bytes, at + bytes.readUInt32LE(at + 8));
    if (kind === command.library || kind === command.weakLibrary || kind === command.reexported)
      facts.needs.push(text());
    if (kind === command.ownName || kind === command.path) facts.paths.push(text());
    if (kind === command.signature) facts.isSigned = true;
    if (kind === command.system) facts.oldestSystem = versionOf(bytes.readUInt32LE(at + 12));
    if (kind === command.oldSystem) facts.oldestSystem = versionOf(bytes.readUInt32LE(at + 8));
    if (kind === command.symbols) readSymbols(bytes, at, facts);
    at += bytes.readUInt32LE(at + 4);
  }
  return facts;
}

function versionOf(packed: number): string {
  return `${packed >>> 16}.${(packed >>> 8) & 0xff}`;
}

function readSymbols(bytes: Buffer, at: number, facts: BinaryFacts): void {
  const symbols = bytes.readUInt32LE(at + 8);
  const count = bytes.readUInt32LE(at + 12);
  const names = bytes.readUInt32LE(at + 16);
  for (let i = 0; i < count; i++) {
    const entry = symbols + i * 16;
    const type = bytes.readUInt8(entry + 4);
    const isDebug = (type & 0xe0) !== 0;
    const isPrivate = (type & 0x10) !== 0;
    const isExternal = (type & 0x01) !== 0;
    if (isDebug || isPrivate || !isExternal) continue;
    // Every name of C begins with an underscore there.
    const name = textAt(bytes, names + bytes.readUInt32LE(entry)).replace(/^_/, "");
    ((type & 0x0e) === 0 ? facts.wants : facts.offers).push(name);
  }
}
