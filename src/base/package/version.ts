import { packageVersion } from "./own-package.ts";

/** Version of this package, from its package.json. */
export const version: string = packageVersion;
