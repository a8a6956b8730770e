import { openHome, searchFolders } from "haypile";

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
await home.close(); // a second call is harmless
