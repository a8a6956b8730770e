/* One name for a folder that has several. */
import { realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** An absolute path with the links of its longest folder that is there resolved: /tmp is one on macOS. */
export function realPath(path: string): string {
  const names: string[] = [];
  for (let at = path; dirname(at) !== at; at = dirname(at)) {
    try {
      return join(realpathSync(at), ...names.reverse());
    } catch {
      names.push(basename(at));
    }
  }
  return path;
}
