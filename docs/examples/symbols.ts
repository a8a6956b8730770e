import { open } from "haypile";

await using engine = await open({ folder: "." });
await engine.index({ fillIn: "off" }); // names and words need no vectors

const [definition] = engine.findSymbol("retryDelay", { kinds: ["function"], path: "src/{retry,policy}.ts" });
console.log(definition?.path, definition?.headLine, definition?.signature);

const { files, filesLeftOut } = engine.outline("src", { depth: 1, maxFiles: 50 });
console.log(files.map(({ path, definitions }) => [path, definitions.length]), filesLeftOut);

for (const { path, line, confidence } of engine.references("retryDelay").uses) {
  console.log(path, line, confidence); // "exact", "import" or "name": how sure it is
}
console.log(engine.unparsed().map(({ path, why }) => `${path}: ${why}`)); // files whose definitions are missing
console.log(engine.callers("retryDelay").uses.length);
console.log(engine.callees("withRetries").callees.map(({ name }) => name));
console.log(engine.implementations("Policy").uses.map(({ within }) => within?.name));

const { steps, leftOut } = await engine.reach("retryDelay", "callers", { depth: 3 });
console.log(steps.map(({ name, depth, from }) => [name, depth, from]), leftOut); // from: place of the step before
const { tests } = await engine.impact({ names: ["retryDelay"] }); // or { since: "main" }, with git
console.log(tests.map(({ path, sure }) => [path, sure]));
const { unused, entryPoints } = await engine.unused({ sure: "high" });
console.log(unused.map(({ definition }) => definition.name), entryPoints.length);
console.log((await engine.map({ maxTokens: 500, focus: "src" })).text);
