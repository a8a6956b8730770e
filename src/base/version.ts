import { readFileSync } from "node:fs";

/** Version of this package, from its package.json (two folders up, from src/base and dist/base alike). */
export const version: string = (
  JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  }
).version;
