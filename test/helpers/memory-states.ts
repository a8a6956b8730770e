/* Brings a process of its own into a state and prints the receipt of its memory, one JSON object a line. */
import { open } from "../../src/engine/open.ts";

const [, , state, folder, database] = process.argv;
const say = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};
const engine = await open({
  folder: folder as string,
  database: database as string,
  embeddingCache: false,
  bitsFrom: 512,
  ...(state === "static" && { model: "static" }),
});
if (state === "cold") say(engine.memory());
if (state === "model") {
  say(engine.memory());
  await engine.loadModel();
  say(engine.memory());
}
if (state === "static") {
  await engine.index();
  await engine.settled();
  await engine.search("the step of a plan");
  say(engine.memory());
}
if (state === "index") {
  let isSaid = false;
  await engine.index({
    onProgress: () => {
      if (isSaid || engine.memory().children.length === 0) return;
      isSaid = true;
      say(engine.memory());
    },
  });
  await engine.settled();
  await engine.search("the step of a plan");
  say(engine.memory());
}
await engine.close();
if (state === "model") say(engine.memory());
