import { connect } from "haypile";

// Many programs, one model: the daemon is started when there is none.
const haypile = await connect({ client: "my program" });
const code = haypile.code(".", { nearest: true }); // haypile.engine(".") is the same
await code.index({ fillIn: "off" });
const { hits } = await code.search("how long to wait before the next try", { k: 1 });
const [definition] = await code.findSymbol("retryDelay"); // every call is a promise here
console.log(hits[0]?.path, definition?.path, (await code.status()).index.files);
const { hasIndex, modelName } = await code.facts();
console.log(hasIndex, modelName, await haypile.openFolders(), (await haypile.indexes()).length);

const preview = await haypile.prune(); // indexes whose folder is gone, and damaged ones: what would go
for (const { folder, why, lastUsed } of preview.indexes) console.log(folder, why, lastUsed);
if (preview.confirm !== undefined) await haypile.prune({ confirm: preview.confirm });
console.log((await haypile.removeIndex({ folder: process.cwd() })).files.length); // deletes one

await haypile.memories.remember("Retries are capped at five.");
const both = await haypile.ask("are retries capped", { folder: "." }); // memories and code in one list
console.log(both.hits.map(({ kind, score }) => [kind, score]));
console.log(await haypile.health(), (await haypile.clients()).length, (await haypile.metrics()).length);
const { recent, slowest } = await haypile.queries({ limit: 5 }); // where the time of each call went
console.log(recent[0]?.stages, slowest[0]?.cause);
const { url } = await haypile.listen({ port: 0 }); // MCP over HTTP and the page, too
console.log(await haypile.listening(), await haypile.signInLink({ file: false }));
console.log(url);

await haypile.stop(); // asks the daemon to leave; others start it again
await haypile.close();
