/* Files as far as they can be looked at: for reports, which name what there is and fail for nothing. */
import { readdirSync, statSync } from "node:fs";

/** Names in a folder, in order; none where it is not there or may not be read. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** Bytes of a file; 0 where it is not there or may not be looked at. */
export function sizeOf(path: string): number {
  try {
    return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  } catch {
    return 0;
  }
}
