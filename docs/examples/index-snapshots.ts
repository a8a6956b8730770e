import { open } from "haypile";

const engine = await open({ folder: "." });
await engine.index();

// The index as it is now, also while a run is at work. None is made by itself: an index can be made again.
const { id, counts, indexOf } = await engine.snapshotIndex({ note: "before another model" });
console.log(indexOf, counts?.files, (await engine.indexSnapshots()).snapshots.length);
console.log((await engine.verifyIndexSnapshot(id)).isSound); // restored into a scratch folder, opened and searched

// All or nothing; what was there before is a snapshot then. The next run takes in what changed on the disk since.
const { kept } = await engine.restoreIndexSnapshot(id);
await engine.index();
if (kept !== undefined) await engine.removeIndexSnapshot(kept.id);
await engine.removeIndexSnapshot(id);
await engine.close();
