import { HaypileError } from "../../../base/errors.ts";
import type { Guard } from "../../sqlite/roles/guarded.ts";
import type { Project } from "./project.ts";

const notNow: ReadonlySet<string> = new Set(["HAYPILE_DB_BUSY", "HAYPILE_STORE_RIGHTS"]);

/** Every use of an index in a team's store goes through here: refused when it is closed. Errors are the link's, in our words. */
export class PgIndexGuard implements Guard {
  readonly #project: Project;
  #isClosed = false;

  constructor(project: Project) {
    this.#project = project;
  }

  run<T>(doing: string, work: () => T): T {
    this.#assertOpen(doing);
    return work();
  }

  async runAsync<T>(doing: string, work: () => Promise<T>): Promise<T> {
    this.#assertOpen(doing);
    try {
      return await work();
    } finally {
      this.#assertOpen(doing);
    }
  }

  /**
   * Runs a write that need not be done now.
   * @returns false when another client writes, or this one may only read: nothing was written
   */
  unlessBusy(write: () => void): boolean {
    return this.run("write what need not be written now", () => {
      try {
        this.#project.quickly(write);
        return true;
      } catch (error) {
        if (HaypileError.isInstance(error) && notNow.has(error.code)) return false;
        throw error;
      }
    });
  }

  close(): void {
    this.#isClosed = true;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  #assertOpen(doing: string): void {
    if (!this.#isClosed) return;
    throw new HaypileError(
      "HAYPILE_CLOSED",
      `Could not ${doing}: the index ${this.#project.path} was closed before.`,
      { data: { path: this.#project.path } },
    );
  }
}
