/* How far a migration is, told as it goes. */
import type { MigrationProgress, ServedBy } from "../../ports/answers/migration.ts";
import type { MigratedFile } from "./migrated-file.ts";

/** Time must pass, and chunks be done, before a speed means something. */
const leastMs = 1_000;
const leastChunks = 16;

export class Progress {
  readonly #file: Pick<MigratedFile, "next">;
  readonly #fixed: Pick<MigrationProgress, "from" | "servedBy" | "note">;
  readonly #tell: ((progress: MigrationProgress) => void) | undefined;
  readonly #startedAt = performance.now();
  readonly #doneBefore: number;
  /** Chunks of this call. */
  embedded = 0;

  constructor(
    file: Pick<MigratedFile, "model" | "next">,
    serving: { servedBy: ServedBy; note: string | undefined },
    tell: ((progress: MigrationProgress) => void) | undefined,
  ) {
    this.#file = file;
    this.#fixed = { from: file.model(), ...serving };
    this.#tell = tell;
    this.#doneBefore = file.next.state()?.done ?? 0;
    this.look();
  }

  /** So many more are stored. */
  stored(chunks: number): void {
    this.embedded += chunks;
    this.look();
  }

  look(): void {
    const state = this.#file.next.state();
    if (state === undefined || this.#tell === undefined) return;
    const { to, done, total } = state;
    const ms = performance.now() - this.#startedAt;
    const made = done - this.#doneBefore;
    const isKnown = ms >= leastMs && made >= leastChunks;
    this.#tell({
      ...this.#fixed,
      ...{ to, done, total },
      rssBytes: process.memoryUsage.rss(),
      msLeft: isKnown ? Math.round((ms / made) * Math.max(0, total - done)) : undefined,
    });
  }
}
