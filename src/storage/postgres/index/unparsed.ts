import { type ParseFailure, parseFailures, type UnparsedFile } from "../../../ports/syntax.ts";
import type { Project } from "./project.ts";

/** Files whose definitions are missing, and those whose tree has errors. Writing calls are steps inside a write of the caller. */
export class PgUnparsed {
  readonly #project: Project;

  constructor(project: Project) {
    this.#project = project;
  }

  all(): UnparsedFile[] {
    const { link, id } = this.#project;
    const rows = link.rows<{ path: string; why: string; tries: number }>(
      `SELECT path, why, tries FROM code_unparsed AS one
       JOIN code_files ON code_files.project = $1 AND code_files.id = file_id
       WHERE one.project = $1 AND why <> 'partly' ORDER BY path`,
      [id],
    );
    return rows.map(({ path, why, tries }) => ({ path, why: knownReason(why), tries }));
  }

  partly(): string[] {
    const { link, id } = this.#project;
    const rows = link.lists(
      `SELECT path FROM code_unparsed AS one
       JOIN code_files ON code_files.project = $1 AND code_files.id = file_id
       WHERE one.project = $1 AND why = 'partly' ORDER BY path`,
      [id],
    );
    return rows.map(([path]) => path as string);
  }

  /** Files were put: each has a tree, one with errors ("partly"), or why none. */
  put(files: readonly { id: number; why: ParseFailure | "partly" | undefined }[]): void {
    const { link, id } = this.#project;
    link.send(
      "DELETE FROM code_unparsed WHERE project = $1 AND file_id = ANY($2::int4[])",
      [id, files.map((file) => file.id)],
      { name: "code-parsed" },
    );
    const without = files.filter(({ why }) => why !== undefined);
    if (without.length === 0) return;
    link.send(
      `INSERT INTO code_unparsed(project, file_id, why, tries)
       SELECT $1::int4, file_id, why, 1 FROM unnest($2::int4[], $3::text[]) AS one(file_id, why)`,
      [id, without.map((file) => file.id), without.map(({ why }) => why as string)],
      { name: "code-unparsed" },
    );
  }

  /** Another try failed, of those that are known. */
  again(files: readonly { path: string; why: ParseFailure }[]): void {
    if (files.length === 0) return;
    const { link, id } = this.#project;
    link.send(
      `UPDATE code_unparsed AS one SET why = tried.why, tries = tries + 1
       FROM unnest($2::text[], $3::text[]) AS tried(path, why)
       JOIN code_files ON code_files.project = $1 AND code_files.path = tried.path
       WHERE one.project = $1 AND one.file_id = code_files.id`,
      [id, files.map(({ path }) => path), files.map(({ why }) => why)],
    );
  }
}

/** What a newer version wrote counts as the reason that is tried again. */
function knownReason(why: string): ParseFailure {
  return Object.hasOwn(parseFailures, why) ? (why as ParseFailure) : "grammar-failed";
}
