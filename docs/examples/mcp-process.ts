import { openBackend, serveProcess, takeStdout } from "haypile/mcp";

const output = takeStdout(); // first of all: what anything else prints goes to stderr from now on
await using backend = await openBackend();
await serveProcess({ root: process.cwd() }, backend, { readOnly: true }, output); // until stdin ends
