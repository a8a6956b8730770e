/* Remembers three texts and merges two of them, over and over, and says a line after each merge, until it is killed. */
import { openMemories } from "../../../src/engine/memories/memories.ts";

const [, , database = "", name = ""] = process.argv;
const memories = await openMemories({ database, embedder: undefined });
for (let round = 0; ; round += 1) {
  const items = ["one", "two", "three"].map((text) => ({
    text: `${name}-${round}:${text}`,
    onDuplicate: "keep" as const,
  }));
  const [a, b] = await memories.rememberMany(items);
  await memories.merge([a?.id ?? "", b?.id ?? ""]);
  process.stdout.write(`${round}\n`);
}
