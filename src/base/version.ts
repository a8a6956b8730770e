import { fileURLToPath } from "node:url";
import { readBoundedSync } from "./read-file.ts";

const packageFile = fileURLToPath(new URL("../../package.json", import.meta.url));

/** Version of this package, from its package.json (two folders up, from src/base and dist/base alike). */
export const version: string = (
  JSON.parse(
    readBoundedSync(packageFile, { mostBytes: 1_000_000, links: "follow" }).toString("utf8"),
  ) as { version: string }
).version;
