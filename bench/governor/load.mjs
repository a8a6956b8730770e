/* A process that loads the model and embeds one query: node load.mjs FOLDER LIMIT */
import { open } from "../../dist/index.js";

const [folder, limit] = process.argv.slice(2);
const engine = await open({ folder, maxMemoryBytes: Number(limit) });
const report = await engine.loadModel();
await engine.close();
process.stdout.write(`${JSON.stringify({ loadedFrom: report?.loadedFrom })}\n`);
