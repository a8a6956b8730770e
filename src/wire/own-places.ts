/* The folders of Haypile, closed to others, for faces that know no addon. */
import { readEnvironment } from "../config/environment/env.ts";
import { secureOwnFolders } from "../config/places/own-folders.ts";
import { windowsCalls } from "../native/system.ts";

/** @throws HaypileError HAYPILE_PERMISSION */
export function securePlaces(): void {
  secureOwnFolders(readEnvironment(), windowsCalls);
}
