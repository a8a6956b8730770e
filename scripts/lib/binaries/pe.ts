/* The format's numbers: Microsoft's "PE Format". */
import { type BinaryFacts, textAt } from "./facts.ts";

const archs: Readonly<Record<number, BinaryFacts["arch"]>> = { 34404: "x64", 43620: "arm64" };
const flagLibrary = 0x2000;

/** Of a 64-bit file. */
export function readPe(bytes: Buffer): BinaryFacts {
  const head = bytes.readUInt32LE(0x3c);
  const sections = bytes.readUInt16LE(head + 6);
  const optional = head + 24;
  const table = optional + bytes.readUInt16LE(head + 20);
  /** Where an address of the running program lies in the file; 0: nowhere. */
  const fileOffset = (address: number): number => {
    for (let i = 0; i < sections; i++) {
      const at = table + i * 40;
      const begin = bytes.readUInt32LE(at + 12);
      if (address >= begin && address < begin + bytes.readUInt32LE(at + 16))
        return address - begin + bytes.readUInt32LE(at + 20);
    }
    return 0;
  };
  const directory = (number: number): number =>
    fileOffset(bytes.readUInt32LE(optional + 112 + number * 8));
  const facts: BinaryFacts = {
    format: "pe",
    arch: archs[bytes.readUInt16LE(head + 4)] ?? "other",
    kind: (bytes.readUInt16LE(head + 22) & flagLibrary) === 0 ? "program" : "library",
    needs: [],
    offers: [],
    wants: [],
    versions: [],
    paths: [],
    oldestSystem: `${bytes.readUInt16LE(optional + 48)}.${bytes.readUInt16LE(optional + 50)}`,
  };
  const offered = directory(0);
  if (offered > 0) {
    const names = fileOffset(bytes.readUInt32LE(offered + 32));
    for (let i = 0; i < bytes.readUInt32LE(offered + 24); i++)
      facts.offers.push(textAt(bytes, fileOffset(bytes.readUInt32LE(names + i * 4))));
  }
  let at = directory(1);
  for (; at > 0 && bytes.readUInt32LE(at + 12) !== 0; at += 20) {
    facts.needs.push(textAt(bytes, fileOffset(bytes.readUInt32LE(at + 12))));
    const firstList = bytes.readUInt32LE(at);
    let entry = fileOffset(firstList === 0 ? bytes.readUInt32LE(at + 16) : firstList);
    for (; bytes.readBigUInt64LE(entry) !== 0n; entry += 8) {
      const value = bytes.readBigUInt64LE(entry);
      // The others are taken by number.
      if (value >> 63n === 0n) facts.wants.push(textAt(bytes, fileOffset(Number(value)) + 2));
    }
  }
  return facts;
}
