/* What an engine says of the machine: the model as it is loaded, and where the memory of this process is. */
import { steadyClock } from "../../governor/clock.ts";
import { untilCalm } from "../../governor/until-calm.ts";
import type {
  CalmOptions,
  FootprintPressure,
  FootprintReport,
} from "../../ports/answers/footprint-report.ts";
import type { HostSummary, ModelReport } from "../../ports/answers/index-facts.ts";
import { checkCall, codeCalls } from "../../ports/calls.ts";
import type { IndexStore } from "../../ports/store.ts";
import type { EngineParts } from "../engine-parts.ts";
import { loadModels, reportOf } from "../models/model-report.ts";
import { hostSummary } from "../models/runner.ts";
import { type EngineShare, engineShare, footprintReceipt } from "../receipt/receipt.ts";

/** What an engine has that these questions are asked of. @internal */
export interface MachineParts {
  parts: EngineParts;
  /** The database, where it is open. */
  opened: IndexStore | undefined;
  /** @throws HaypileError HAYPILE_CLOSED */
  assertOpen: () => void;
}

/** How an engine lends its parts. */
export const machineParts = Symbol("machine parts");

export abstract class MachineCalls {
  /** @internal */
  protected abstract readonly [machineParts]: MachineParts;

  /** Loads the models, and says how that of texts was; a static one has nothing to say. */
  async loadModel(): Promise<ModelReport | undefined> {
    const { parts, assertOpen } = this[machineParts];
    assertOpen();
    return await loadModels(parts);
  }

  /** How the model was loaded; undefined while it is not, and for a static model. */
  modelReport(): ModelReport | undefined {
    const { loaded } = this[machineParts].parts.embedder;
    return loaded === undefined ? undefined : reportOf(loaded);
  }

  /** Where this process's memory is. */
  footprint(): FootprintReport {
    const { parts, opened } = this[machineParts];
    return footprintReceipt(parts, opened);
  }

  /**
   * How short memory is now: the level, and what is used of the limit. Without a limit it is always calm.
   *
   * @example
   * const { level, share } = engine.memoryPressure();
   * if (level === "critical") myOwnCache.clear();
   */
  memoryPressure(): FootprintPressure {
    const { parts, assertOpen } = this[machineParts];
    assertOpen();
    const { governor } = parts.ceiling;
    const none = { level: "calm", share: undefined, limitBytes: undefined, steps: [] } as const;
    if (governor === undefined) return { ...none, usedBytes: this.rssBytes() };
    governor.look();
    const { level, usedBytes, limitBytes, steps } = governor.state();
    return { level, share: usedBytes / limitBytes, usedBytes, limitBytes, steps };
  }

  /**
   * Resolves when memory is calm, or the time is over; what it was then says which. Without a limit at once.
   *
   * @example
   * const { level } = await engine.untilCalm({ timeoutMs: 5_000 });
   *
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_ABORTED, HAYPILE_CLOSED
   */
  async untilCalm(options: CalmOptions = {}): Promise<FootprintPressure> {
    const { parts, assertOpen } = this[machineParts];
    assertOpen();
    checkCall(codeCalls, "untilCalm", [options]);
    const { governor } = parts.ceiling;
    await untilCalm(governor && (() => governor.look()), steadyClock, options);
    return this.memoryPressure();
  }

  /** What this index has of it, for the receipt of a process with several. @internal */
  share(): EngineShare {
    const { parts, opened } = this[machineParts];
    return engineShare(parts, opened);
  }

  /** Resident memory of this process, bytes: cheap enough for every progress event. */
  rssBytes(): number {
    return process.memoryUsage.rss();
  }

  /** The machine, and what runs the model. @throws HaypileError HAYPILE_NATIVE_MISSING */
  host(): HostSummary {
    const { runner, addonFolder } = this[machineParts].parts;
    return hostSummary(runner, addonFolder);
  }
}
