/* Modules of Haypile as they are built (npm run build), as people have them. */
import { join } from "node:path";
import { repository } from "../common.ts";

/** @param module below dist: "memories/service.js" */
export async function built<T>(module: string): Promise<T> {
  return (await import(join(repository, "dist", module))) as T;
}
