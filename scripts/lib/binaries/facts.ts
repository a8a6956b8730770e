/* What a program or library says of itself in its headers, alike for the formats of Linux, macOS and Windows. */

export interface BinaryFacts {
  format: "elf" | "mach-o" | "pe";
  arch: "x64" | "arm64" | "other";
  kind: "program" | "library";
  /** Libraries that must be there, as it names them. */
  needs: string[];
  /** Names that others may use. */
  offers: string[];
  /** Names that it takes from others. */
  wants: string[];
  /** ELF: versions of what it takes, as "GLIBC_2.17". */
  versions: string[];
  /** Where it looks for libraries, its own name among them. Mach-O and ELF. */
  paths: string[];
  /** ELF: the loader it asks for. */
  interpreter?: string | undefined;
  /** Mach-O: the oldest macOS, as "13.0"; PE: the oldest Windows, as "6.0". */
  oldestSystem?: string | undefined;
  /** Mach-O. Without a signature, if only an own one, macOS on arm64 runs nothing. */
  isSigned?: boolean | undefined;
  /** ELF: code that must be written to when it is loaded, or a stack that may be executed. */
  isLax?: boolean | undefined;
}

/** A text that ends with a zero byte. */
export function textAt(bytes: Buffer, at: number): string {
  const end = bytes.indexOf(0, at);
  return bytes.toString("latin1", at, end < 0 ? bytes.length : end);
}
