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
if (state === "cold") say(engine.footprint());
if (state === "model") {
  say(engine.footprint());
  await engine.loadModel();
  say(engine.footprint());
}
if (state === "static") {
  await engine.index();
  await engine.settled();
  await engine.search("the step of a plan");
  say(engine.footprint());
}
if (state === "index") {
  let during: ReturnType<typeof engine.footprint> | undefined;
  const sizeOf = (memory = during): number => memory?.children[0]?.rssBytes ?? 0;
  await engine.index({
    onProgress: () => {
      // A process that has just begun has next to nothing.
      if (sizeOf() > 20e6) return;
      const now = engine.footprint();
      if (sizeOf(now) > sizeOf()) during = now;
    },
  });
  if (during !== undefined) say(during);
  await engine.settled();
  await engine.search("the step of a plan");
  say(engine.footprint());
}
await engine.close();
if (state === "model") say(engine.footprint());
