/* Which model the vectors of a project are of: asked before there is an engine, without its whole store. */
import type { ModelName } from "../../../base/model-name.ts";
import { IndexMeta, modelFolderKey } from "../../shared/index-meta.ts";
import type { PgLink } from "../link/link.ts";
import { keptFacts } from "./facts.ts";
import { Project, projectId } from "./project.ts";

/** As IndexModel of a file: a project that is not there has no model. */
export class PgIndexModel {
  readonly #project: Project | undefined;
  readonly #meta: IndexMeta | undefined;

  constructor(link: PgLink, name: string) {
    const id = projectId(link, name);
    this.#project = id === undefined ? undefined : new Project(link, name, id);
    this.#meta = this.#project && new IndexMeta(this.#project.path, keptFacts(this.#project));
  }

  model(): ModelName | undefined {
    return this.#meta?.model();
  }

  folder(): string | undefined {
    const folder = this.#meta?.get(modelFolderKey);
    return folder === "" ? undefined : folder;
  }

  /** Some chunk has a vector. */
  hasVectors(): boolean {
    if (this.#project === undefined) return false;
    const { link, id } = this.#project;
    const [row] = link.lists(
      `SELECT chunks > (SELECT count(*) FROM code_pending WHERE project = $1)
       FROM code_projects WHERE id = $1`,
      [id],
    );
    return row?.[0] === true;
  }

  getMeta(key: string): string | undefined {
    return this.#meta?.get(key);
  }

  /** The link is another's. */
  close(): void {}
}
