/* A file whose vectors are changed for those of another model: an index, or that of the memories. */
import type { ModelName } from "../../base/model-name.ts";
import type { ServedBy } from "../../ports/answers/migration.ts";
import type { NextVectors, VectorRight } from "../../ports/store.ts";
import { acquireIndexLock, lockOwner } from "../../storage/sqlite/file/lock.ts";
import type { MigrationTarget } from "./target.ts";

/** That of a file: by a lock beside it. @param path of the database */
export function rightBeside(path: string): VectorRight {
  const nextPath = `${path}.next`;
  return { lock: () => acquireIndexLock(nextPath), owner: () => lockOwner(nextPath) };
}

export interface MigratedFile {
  path: string;
  right: VectorRight;
  next: Pick<NextVectors, "state"> & {
    begin(to: ModelName, folder?: string): void | Promise<void>;
    stop(): void | Promise<void>;
    drop(): void | Promise<void>;
  };
  /** Of the vectors that serve. */
  model(): ModelName | undefined;
  vectors(): number;
  serving(): { servedBy: ServedBy; note: string | undefined };
  /**
   * Makes all new vectors and puts them in place.
   * @returns false: there was no memory for all
   */
  make(target: MigrationTarget, run: MigrationRun): Promise<boolean>;
  /** The model that serves may have changed. */
  follow(): Promise<void>;
}

export interface MigrationRun {
  signal: AbortSignal;
  /** Call it when it is known what serves meanwhile. */
  begun(): void;
  /** So many more vectors are stored. */
  stored(count: number): void;
}
