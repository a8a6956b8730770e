import { ask, openHome, searchFolders } from "haypile";

// Many folders and the memories over one model and one limit of memory, in this process.
await using home = await openHome({ maxMemoryBytes: 1_000_000_000 });
const engine = await home.engine("."); // do not close it: the home does
await engine.index({ fillIn: "off" });

const names = await home.withEngine(".", (held) => held.findSymbol("retryDelay")); // stays open meanwhile
console.log(names.length, home.engines().map(({ root }) => root));

// One question to several folders; { in: "*" } are all that have an index, other names are collections.
const { hits, folders } = await searchFolders(home, "retry delay", { in: ["."], k: 5 });
console.log(hits.length, folders.map(({ name, context, failed }) => [name, context, failed]));

await home.memories.remember("Retries are capped at five.", { kind: "decision" });

// One question to memories and code, in one list. asOf: "2026-03-01", "v1.2" or a commit: both as they stood then.
const asked = await ask(home, "how often is it tried again", { folder: ".", k: 5 });
for (const hit of asked.hits) {
  console.log(hit.score, hit.kind === "memory" ? hit.memory.memory.text : hit.code.path);
}
console.log(asked.memories.problem, asked.code.problem, asked.asOf);
await home.close(); // a second call is harmless
