import { readEnvironment } from "../config/environment/env.ts";
import { secureOwnFolders } from "../config/places/own-folders.ts";

/** Closes Haypile's folders to others, before anything in them is used. @throws HaypileError HAYPILE_PERMISSION */
export async function secureFolders(): Promise<void> {
  if (process.platform !== "win32") return secureOwnFolders(readEnvironment());
  // What asks the addon is loaded where it can be asked.
  const { securePlaces } = await import("../wire/own-places.ts");
  securePlaces();
}
