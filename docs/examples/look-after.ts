import { open } from "haypile";

const engine = await open({ folder: "." });
await engine.index();

const { index, lastIndex, indexing } = engine.status();
console.log(index.files, index.chunks, index.vectors, lastIndex, indexing?.pid);
const { scan, recallAt10 } = await engine.indexReport();
console.log(scan.kind, recallAt10);

const { paths, counts, cursor } = await engine.leftOut({ limit: 20 }); // what is not in the index, and by which rule
for (const { path, rule, at } of paths) console.log(path, rule, at?.text); // "a.log", ".gitignore:3", "*.log"
console.log(counts?.total, counts?.byRule, cursor); // cursor: the next page begins there
console.log((await engine.fileStatus("retry.py")).verdict, (await engine.partlyParsed()).count);
console.log(engine.stopIndexing().stopped); // ends runs that another part of the program began

console.log(engine.configuration.settings["memory.max"]); // value, and where it comes from
await engine.loadModel(); // before the first question, so that it need not wait
console.log(engine.modelReport()?.loadMs, engine.rssBytes(), engine.host().cpuFeatures.length);
for (const { owner, bytes } of engine.footprint().owners) console.log(owner, bytes);

const { level, share } = engine.memoryPressure(); // how short memory is: "calm", "warning" or "critical"; share of the limit
console.log(level, share);
console.log((await engine.untilCalm({ timeoutMs: 5_000 })).level); // before work of your own that needs memory

// Vectors of another model; searches go on with the old ones until all are there.
const { state, to } = await engine.migrate({ model: "static" });
console.log(state, to?.id, engine.isMigrating, engine.status().migration?.done);

const smaller = await engine.compaction.prepare({ textCompression: "deflate" });
console.log(smaller.before.bytes, smaller.after.bytes, smaller.steps.map(({ name }) => name));
if (smaller.after.bytes < smaller.before.bytes) await smaller.apply();
else smaller.discard();
console.log(engine.compaction.undo());

const { files } = await engine.reset(); // deletes the index and closes the engine
console.log(files.map(({ path, bytes }) => [path, bytes]));
