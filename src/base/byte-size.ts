const factors: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

/** Reads "1MB", "512 kB", "2MiB" or plain bytes; undefined for anything else and for 0. */
export function parseByteSize(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(b|kb|mb|gb|kib|mib|gib)?\s*$/i.exec(text);
  const value = Math.round(Number(match?.[1]) * (factors[(match?.[2] ?? "b").toLowerCase()] ?? 1));
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
