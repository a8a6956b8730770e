/* Starts a parse, says the parser's process id, and waits to be killed. */
import { grammarsFolder } from "../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../src/syntax/parser.ts";

const parser = new TreeSitterParser({ grammars: grammarsFolder() });
const file = { path: "a.py", language: "python" };
await parser.parse({ ...file, text: "x = 1\n" });
process.stdout.write(`${parser.pids[0]}\n`);
if (process.argv[2] === "idle") process.exitCode = 0;
else for (;;) await parser.parse({ ...file, text: "def f(a):\n    return a\n".repeat(20_000) });
