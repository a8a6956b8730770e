/** Texts as they come, their first long line, and eight of them joined. */
export function setsOf(mixed: string[]): Record<string, string[]> {
  return {
    mixed,
    short: mixed.map(
      (text) => text.split("\n").find((line) => line.length > 20) ?? text.slice(0, 60),
    ),
    long: Array.from({ length: mixed.length >> 3 }, (_, i) =>
      mixed.slice(8 * i, 8 * i + 8).join("\n\n"),
    ),
  };
}
