/*
 * What git adds to a comparison of anchors: which commits changed them since, and how they were as of then. It is asked
 * once for all memories of an answer, the first of them first, and no longer than a bound: what was not looked at says so.
 */
import { localDay } from "../../base/text/local-time.ts";
import type {
  AnchorCommit,
  AnchorPast,
  AnchorReader,
  PastLimits,
} from "../../ports/anchor-reader.ts";
import type {
  AnchorChange,
  AnchorCommits,
  Unverified,
} from "../../ports/answers/memory-reports.ts";
import type { StoredAnchor } from "../../ports/memory-rows.ts";
import {
  anchorHash,
  type ChangedAnchor,
  howChanged,
  isAsSeen,
  mayLookAt,
  refusedNow,
} from "./anchors.ts";

/** A changed anchor with what git says of it. */
export interface DatedChange {
  anchor: StoredAnchor;
  change: string;
  /** When it changed first, milliseconds since 1970, as far as that is known. */
  at: number;
  /** The last commit that changed it, where what is there is committed. */
  commit: string | undefined;
  commits: AnchorCommits;
}

/** Nothing more is known of it. */
const unknown: AnchorCommits = { commits: [], more: 0, limit: undefined };

/** For each memory its changed anchors, with their commits up to HEAD. */
export async function datedChanges(
  reader: AnchorReader | undefined,
  memories: readonly (readonly ChangedAnchor[])[],
  limits: PastLimits,
): Promise<DatedChange[][]> {
  const asked = memories.flat().flatMap((one) => (one.asked === undefined ? [] : [one]));
  const pasts = await pastsOf(reader, asked, limits);
  return memories.map((changed) => changed.map((one) => dated(one, pasts.get(one))));
}

/**
 * The same as of then: each anchor is compared with its text in the last commit by `asOf`.
 * @returns for each memory those that were not then what the memory was last said to be true of
 */
export async function changesAsOf(
  reader: AnchorReader | undefined,
  memories: readonly (readonly StoredAnchor[])[],
  limits: PastLimits & { asOf: number },
): Promise<DatedChange[][]> {
  if (reader === undefined) return memories.map(() => []);
  const looked = await Promise.all(
    memories.map((anchors) =>
      Promise.all(
        anchors.map(async (anchor): Promise<ChangedAnchor> => {
          const may = await mayLookAt(reader, anchor);
          if (may === "refused") return refusedNow(anchor);
          // What is gone now was looked at once, or it is only a name.
          const isOnlyNamed = may.isGone && anchor.seen === undefined;
          const asked = isOnlyNamed ? undefined : may.anchor;
          return { anchor, asked, text: undefined, modified: limits.asOf, change: "" };
        }),
      ),
    ),
  );
  const asked = looked.flat().filter((one) => one.asked !== undefined);
  const pasts = await pastsOf(reader, asked, limits);
  return looked.map((anchors) =>
    anchors.flatMap((one) => {
      if (one.asked === undefined) {
        return one.anchor.hash === undefined ? [] : [plain(one, "is not looked at")];
      }
      const past = pasts.get(one);
      if (past === undefined || "why" in past) {
        return [plain(one, `is not known as of then: ${past?.why ?? "nothing was asked"}`)];
      }
      const now = past.text === undefined ? undefined : { text: past.text };
      if (isAsSeen(one.anchor, now)) return [];
      if (one.anchor.verified > limits.asOf) {
        const day = localDay(one.anchor.verified);
        const change = `was another text then than on ${day}, when the memory was last said to be true of it`;
        return [plain(one, change)];
      }
      const change = howChanged(one.anchor, past.text);
      return [dated({ ...one, change, text: past.text }, past)];
    }),
  );
}

/** As recall says it; undefined: nothing changed. */
export function unverifiedSince(changes: readonly DatedChange[]): Unverified | undefined {
  if (changes.length === 0) return undefined;
  return {
    at: instantOf(Math.min(...changes.map(({ at }) => at))),
    changes: changes.map(inWords),
    commits: changes.map(({ commits }) => commits),
  };
}

/** One after the other, as unverified() says them. */
export function changeOf({ anchor, change, at, commit, commits }: DatedChange): AnchorChange {
  return {
    path: anchor.path,
    symbol: anchor.symbol,
    change,
    commit,
    at: instantOf(at),
    verifiedAt: instantOf(anchor.verified),
    verifiedCommit: anchor.commit,
    ...commits,
  };
}

async function pastsOf(
  reader: AnchorReader | undefined,
  asked: readonly ChangedAnchor[],
  limits: PastLimits,
): Promise<Map<ChangedAnchor, AnchorPast | { why: string }>> {
  if (reader === undefined || asked.length === 0) return new Map();
  const questions = asked.map(({ anchor: { hash, commit, verified, ...own }, asked: at }) => ({
    ...{ anchor: at ?? own, hash, commit, verified },
  }));
  const found = await reader.past(questions, limits);
  return new Map(asked.map((one, at) => [one, found[at] ?? { why: "nothing was asked" }]));
}

function dated(one: ChangedAnchor, past: AnchorPast | { why: string } | undefined): DatedChange {
  const { anchor, change, modified } = one;
  if (past === undefined) return plain(one, change);
  if ("why" in past) {
    const commits = { ...unknown, limit: past.why };
    return { anchor, change, at: modified, commit: undefined, commits };
  }
  const isCommitted = keyOf(past.text) === keyOf(one.text);
  const [newest] = past.commits;
  const moved = past.movedTo === undefined ? "" : `, its file went to ${past.movedTo}`;
  const limits = [
    past.limit,
    isCommitted ? undefined : "what is there now is not committed",
    isCommitted && newest === undefined && past.limit === undefined
      ? "no commit since then changed it: what the memory was said to be true of is not in this history"
      : undefined,
  ].filter((limit) => limit !== undefined);
  return {
    anchor,
    change: `${change}${moved}`,
    at: past.since ?? newest?.at ?? modified,
    commit: isCommitted ? newest?.commit : undefined,
    commits: {
      commits: past.commits.map(shown),
      more: past.more,
      limit: limits.length === 0 ? undefined : limits.join("; "),
    },
  };
}

function plain({ anchor, modified }: ChangedAnchor, change: string): DatedChange {
  return { anchor, change, at: modified, commit: undefined, commits: unknown };
}

function keyOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : anchorHash(text);
}

function shown({ at, ...one }: AnchorCommit): AnchorCommits["commits"][number] {
  return { ...one, at: instantOf(at) };
}

function inWords({ anchor: { path, symbol }, commit, change }: DatedChange): string {
  const name = symbol === undefined ? path : `${symbol} in ${path}`;
  return `${name}${commit === undefined ? "" : ` (commit ${commit})`}: ${change}`;
}

function instantOf(ms: number): string {
  return new Date(Math.max(-8.64e15, Math.min(ms, 8.64e15))).toISOString();
}
