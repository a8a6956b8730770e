/*
 * What the daemon says of its memory: its history, and its receipt. A receipt reads the system's list of mappings, some
 * milliseconds in which nobody else is answered: who asks within five seconds of another gets the same one.
 */
import { HaypileError } from "../../base/errors.ts";
import type { HaypileHere } from "../../haypile/here.ts";
import type { Hub } from "../../haypile/hub.ts";
import type { ProcessFootprint, RamAsked, RamOverTime } from "../../ports/answers/daemon/ram.ts";
import { ramFamilies } from "../metrics/ram-families.ts";
import { RamRecord } from "./record.ts";

const freshMs = 5_000;

export class RamFacts {
  readonly record: RamRecord;
  readonly #haypile: HaypileHere;
  #receipt: { atMs: number; made: ProcessFootprint } | undefined;

  /** @param clients how many are connected now */
  constructor(haypile: HaypileHere, hub: Hub, clients: () => number) {
    this.#haypile = haypile;
    haypile.countClients(clients);
    this.record = new RamRecord({
      hub,
      look: () => haypile.lookAtFootprint(),
      marks: () => haypile.limit?.marks,
    });
    haypile.watchFootprint(this.record);
  }

  /** As the daemon's methods are called: what was asked may be left out. */
  readonly methods = {
    ram: (asked?: unknown): RamOverTime =>
      this.record.answer((asked ?? undefined) as RamAsked | undefined),
    receipt: (): Promise<ProcessFootprint> => this.#madeReceipt(),
  };

  /** For GET /metrics. */
  families(): string {
    return ramFamilies(this.record.sample(), this.#fresh());
  }

  close(): void {
    this.record.close();
  }

  /** @throws HaypileError as openHome() of "haypile" */
  async #madeReceipt(): Promise<ProcessFootprint> {
    await this.#haypile.prepare();
    const receipt = this.#fresh();
    if (receipt === undefined) throw new HaypileError("HAYPILE_CLOSED", "The daemon is leaving.");
    return receipt;
  }

  #fresh(): ProcessFootprint | undefined {
    const now = performance.now();
    if (this.#receipt !== undefined && now - this.#receipt.atMs < freshMs)
      return this.#receipt.made;
    const made = this.#haypile.processReceipt();
    if (made === undefined) return undefined;
    this.#receipt = { atMs: now, made };
    return made;
  }
}
