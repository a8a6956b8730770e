/* A backend of this process: the home of the engines and memories, and jobs. The daemon has one of its own. */
import { checkOptions } from "../../base/check-options.ts";
import type { HomeOptions } from "../../engine/types.ts";
import { openHere } from "../../haypile/here.ts";
import type { McpBackend } from "./backend.ts";
import { IndexJobs } from "./jobs.ts";

export interface OpenedBackend extends McpBackend, AsyncDisposable {
  /** Stops jobs, waits for work in flight, and frees what was opened. A second call is harmless. */
  close(): Promise<void>;
}

/**
 * Opens what a server needs, in this process. Models, indexes and memories are loaded when they are first asked
 * for. Several processes may do so over the same data; a folder is indexed by one at a time.
 *
 * @param options of models, memory and storage, as for open() of "haypile"
 * @throws HaypileError HAYPILE_NODE_TOO_OLD, HAYPILE_CONFIG_INVALID, HAYPILE_USAGE
 */
export async function openBackend(options: HomeOptions = {}): Promise<OpenedBackend> {
  const { homeShape } = await import("../../engine/option-shapes.ts");
  checkOptions("openBackend()", options, homeShape);
  const haypile = openHere({ watch: true, ...options, renews: true });
  await haypile.prepare();
  const jobs = new IndexJobs();
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= jobs.close().finally(() => haypile.close());
    return closing;
  };
  return {
    haypile,
    jobs,
    indexesNew: options.watch !== false,
    close,
    [Symbol.asyncDispose]: close,
  };
}
