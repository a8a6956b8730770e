/* What an engine is asked by who looks after an index: what is not in it and why, and to stop a run. */
import { checkTextArgument } from "../../base/check-options.ts";
import { passGate } from "../../base/paths/path-gate.ts";
import { leftOutOf } from "../../indexing/left-out.ts";
import { explainLeftOut } from "../../indexing/why-left-out.ts";
import type {
  FileStatus,
  LeftOutOptions,
  LeftOutResult,
  PartlyParsed,
  StoppedRuns,
} from "../../ports/answers/left-out.ts";
import { checkCall, codeCalls } from "../../ports/calls.ts";
import type { Store } from "../../ports/store.ts";
import { Runs } from "../index/runs.ts";
import { GraphCalls } from "./graph-calls.ts";
import { cameLate } from "./why-not.ts";

const mostPaths = 1_000;

/** What an engine has that these questions are asked of. */
export interface UpkeepParts {
  files: Store["files"];
  /** The folder of the index, as the index has it. */
  root: string;
  /** As index runs have it. */
  maxFileBytes: number | undefined;
}

/** How an engine lends its parts for a call. */
export const withUpkeepParts = Symbol("with upkeep parts");

export abstract class UpkeepCalls extends GraphCalls {
  /** @internal */
  protected readonly runs = new Runs();

  protected abstract [withUpkeepParts]<T>(work: (parts: UpkeepParts) => Promise<T>): Promise<T>;

  /**
   * What of the folder is not in the index, by which rule: the disk is walked as an index run walks it.
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_PATH_REFUSED, HAYPILE_NOT_INDEXED, HAYPILE_ABORTED
   */
  async leftOut(options: LeftOutOptions = {}): Promise<LeftOutResult> {
    checkCall(codeCalls, "leftOut", [options]);
    return await this[withUpkeepParts](async ({ files, root, maxFileBytes }) => {
      const under = options.under === undefined ? undefined : passGate(root, options.under);
      return await leftOutOf({ maxFileBytes, ...options, under, root, files });
    });
  }

  /**
   * Whether a file is in the index, and what leaves it out.
   * @param path relative to the indexed folder
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_PATH_REFUSED, HAYPILE_NOT_INDEXED
   */
  async fileStatus(path: string): Promise<FileStatus> {
    checkTextArgument("fileStatus()", "path", path);
    return await this[withUpkeepParts](async ({ files, root, maxFileBytes }) => {
      const own = passGate(root, path);
      const why = await explainLeftOut(root, own, maxFileBytes);
      const { verdict, leftOut } = why ?? {};
      if (files.stampOf(own) === undefined) {
        return { path: own, isIndexed: false, verdict: verdict ?? cameLate(own), leftOut };
      }
      const unparsed = files.unparsed().find((file) => file.path === own)?.why;
      const now =
        verdict === undefined
          ? "."
          : leftOut === undefined
            ? ", and not on the disk any more: the next run takes it out."
            : `, and the next run takes it out: ${leftOut.path} is left out (${leftOut.reason}).`;
      return {
        path: own,
        isIndexed: true,
        verdict: `${own} is in the index${now}`,
        leftOut,
        unparsed,
      };
    });
  }

  /** Files whose tree has errors. @throws HaypileError HAYPILE_NOT_INDEXED */
  async partlyParsed(): Promise<PartlyParsed> {
    return await this[withUpkeepParts](async ({ files }) => {
      const paths = files.partlyParsed();
      return { count: paths.length, paths: paths.slice(0, mostPaths) };
    });
  }

  /** Ends the index runs that calls of this process have begun; what they stored stays. */
  stopIndexing(): StoppedRuns {
    return { stopped: this.runs.stop() };
  }
}
