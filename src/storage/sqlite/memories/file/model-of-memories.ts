/* Which model the vectors of a file of memories are of: asked before it is opened for work, so nothing is changed. */
import { existsSync } from "node:fs";
import { namedBy } from "../../../shared/memory-model.ts";
import { connect } from "../../file/open.ts";

/** What to look for. Nothing where the file is not there, or cannot be read: opening it says why. */
export function modelOfMemories(path: string): {
  model?: string | undefined;
  modelFolder?: string | undefined;
} {
  if (!existsSync(path)) return {};
  let db: ReturnType<typeof connect> | undefined;
  try {
    db = connect(path, { readonly: true });
    const read = db.prepare("SELECT value FROM meta WHERE name = ?").pluck();
    const folder = read.get("model-folder") as string | undefined;
    if (folder !== undefined && folder !== "" && existsSync(folder)) return { modelFolder: folder };
    return { model: namedBy(read.get("model") as string | undefined)?.id };
  } catch {
    return {};
  } finally {
    db?.close();
  }
}
