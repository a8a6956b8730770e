/* Where the packaged grammars lie (the npm package, else a local build), and how one is read. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { readBounded } from "../base/files/read-file.ts";
import { packageFolder, requireHere } from "../base/package/own-package.ts";

export const grammarsPackage = "@haypile/grammars";

/** More than a file of 6 MB, the largest of ours, in either form. */
const mostGrammarBytes = 64_000_000;

/**
 * The largest grammars fit in, so that one is unpacked to where it is used and never copied. Pages that are not
 * written to take no memory.
 */
const unpackedAtOnceBytes = 8 * 1_024 * 1_024;

/** The folder with the grammars; it may be missing, then files are cut by their lines. */
export function grammarsFolder(): string {
  try {
    const folder = dirname(requireHere.resolve(`${grammarsPackage}/package.json`));
    if (existsSync(folder)) return folder;
  } catch {
    // Not installed: a clone has them beside its builds.
  }
  return join(packageFolder, "prebuilds", "grammars");
}

/** WebAssembly, packed with Brotli: a fifteenth of its size. */
export function grammarFile(folder: string, name: string): string {
  return join(folder, `${name}.wasm.br`);
}

/** The WebAssembly of a grammar. @throws what reading the file or unpacking it says */
export async function readGrammar(folder: string, name: string): Promise<Buffer> {
  const packed = await readBounded(grammarFile(folder, name), {
    mostBytes: mostGrammarBytes,
    links: "follow",
  });
  return brotliDecompressSync(packed, {
    maxOutputLength: mostGrammarBytes,
    chunkSize: unpackedAtOnceBytes,
  });
}
