/* Moves memories in a process that the test kills: arguments are the store to move to. */
import { readEnvironment } from "../../src/config/environment/env.ts";
import { moveMemories } from "../../src/engine/memories/move/move.ts";

const result = await moveMemories(process.argv[2] as string, {
  environment: readEnvironment(),
  onProgress: ({ phase }) => process.stdout.write(`${phase}\n`),
});
process.stdout.write(`done ${JSON.stringify(result)}\n`);
