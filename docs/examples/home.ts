import { openHome } from "haypile";

// Many folders and the memories over one model and one limit of memory, in this process.
await using home = await openHome({ maxMemoryBytes: 1_000_000_000 });
const engine = await home.engine("."); // do not close it: the home does
await engine.index({ fillIn: "off" });

const names = await home.withEngine(".", (held) => held.findSymbol("retryDelay")); // stays open meanwhile
console.log(names.length, home.engines().map(({ root }) => root));

await home.memories.remember("Retries are capped at five.", { kind: "decision" });
await home.close(); // a second call is harmless
