/*
 * Every call by the path it has below /api/v1: "code/search", "memories/remember". What is known of it comes from the one
 * table (ports/calls.ts), and what the daemon says of itself from the list beside this.
 */
import type { OptionKind, OptionShape } from "../../base/check-options.ts";
import { type Call, codeCalls, doorCalls, memoryCalls, optionsAt } from "../../ports/calls.ts";
import { daemonMethods } from "../../wire/words.ts";
import { isReading, sayable } from "./daemon-calls.ts";

export type CallGroup = "code" | "memories" | "haypile" | "daemon";

export interface RestCall {
  /** "code/search" */
  path: string;
  group: CallGroup;
  name: string;
  call: Call;
  /** All that can be said of it by name. Functions and signals are not: the connection is both. */
  names: OptionShape;
  /** Those without which it cannot be made. */
  needed: readonly string[];
  /** It tells how far it is. */
  hasProgress: boolean;
  /** One record is all it takes, and what may be in that is known to who answers. */
  isFree: boolean;
}

/** Which index is meant. */
const folderNames = { folder: "text", nearest: "boolean" } as const satisfies OptionShape;

/**
 * Not here. openImport is import for who has the text by and by in one process; links that sign a browser in are for who has the
 * socket, so that a page's session cannot make more of them.
 */
const leftOut: ReadonlySet<string> = new Set(["memories/openImport", "daemon/signInLink"]);

const tables: Readonly<Record<Exclude<CallGroup, "daemon">, Readonly<Record<string, Call>>>> = {
  code: codeCalls,
  memories: memoryCalls,
  haypile: doorCalls,
};

function ofTable(group: Exclude<CallGroup, "daemon">): RestCall[] {
  return Object.entries(tables[group]).map(([name, call]) => {
    const takes = Object.entries(call.takes ?? {}).filter(() => call.streams !== "in");
    const own = takes.map(([said, kind]): [string, OptionKind] => [plainName(said), kind]);
    const options = (call.shapes ?? []).flatMap((shape) => Object.entries(shape ?? {}));
    const sayable = options.filter(([, kind]) => kind !== "function" && kind !== "signal");
    const at = optionsAt(call);
    return {
      path: `${group}/${name}`,
      group,
      name,
      call,
      names: Object.fromEntries([
        ...(group === "code" ? Object.entries(folderNames) : []),
        ...own,
        ...sayable,
      ]),
      needed: [
        ...(group === "code" ? ["folder"] : []),
        ...takes.flatMap(([said]) => (said.endsWith("?") ? [] : [said])),
      ],
      hasProgress: at !== undefined && "onProgress" in (call.shapes?.[at] ?? {}),
      isFree: false,
    };
  });
}

function ofDaemon(): RestCall[] {
  return daemonMethods.map((name) => ({
    path: `daemon/${name}`,
    group: "daemon",
    name,
    call: { lane: "none", reads: isReading(name) },
    names: sayable[name] ?? {},
    needed: [],
    hasProgress: false,
    isFree: true,
  }));
}

/** All calls by their path. */
export const restCalls: ReadonlyMap<string, RestCall> = new Map(
  [...ofTable("code"), ...ofTable("memories"), ...ofTable("haypile"), ...ofDaemon()]
    .filter(({ path }) => !leftOut.has(path))
    .map((one) => [one.path, one]),
);

/** "path?" is said as "path". */
export function plainName(said: string): string {
  return said.endsWith("?") ? said.slice(0, -1) : said;
}
