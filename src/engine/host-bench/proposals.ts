/*
 * Settings that what was measured speaks for. Pure: measurements and settings in, proposals out. A proposal
 * must gain clearly more than the rounds of the measurement differ; a present value nothing beats is left.
 */
import type { OptionName } from "../../config/options/options.ts";
import { formatValue } from "../../config/options/values.ts";
import type { Setting, Settings } from "../../config/resolve.ts";
import type { CommitSpeed } from "../../storage/sqlite/commit-speed.ts";
import type { DiskSpeed } from "./disk-speed.ts";
import { type EmbeddingSpeed, keyOf, type Layout } from "./embedding-speed.ts";

export interface Proposal {
  option: OptionName;
  /** As "haypile config set" reads them. */
  present: string;
  proposed: string;
  gain: {
    /** "tokens/s", "commits/s", "bytes of runs". */
    what: string;
    from: number;
    to: number;
  };
  /** What else changes with it, and why it is meant. */
  note: string;
  /** Where the present value comes from when the user's file would not win against it. */
  stronger: string | undefined;
}

export interface Measured {
  embedding: readonly EmbeddingSpeed[];
  present: Layout;
  commits: readonly CommitSpeed[];
  disk: DiskSpeed | undefined;
  /** More wanted a CPU than there are, before it began: what the model did then says nothing of layouts. */
  isBusy: boolean;
}

const leastGain = 0.08;
/** At nearly the same speed, runs that take so much less. */
const sameSpeed = 0.03;
const leastBytes = 8e6;
/** A disk that has to seek takes longer for 4 kB, one that has not never does, milliseconds. */
const seekMs = 3;
const noSeekMs = 0.5;

/** How far two measurements of one layout lay apart, at most: less is no gain. */
export function noiseOf(embedding: readonly EmbeddingSpeed[]): number {
  return Math.max(0, ...embedding.map(({ spread }) => spread ?? 0));
}

export function proposals(measured: Measured, settings: Settings): Proposal[] {
  return [
    ...aboutLayout(measured, settings),
    ...aboutCommits(measured, settings),
    ...aboutDisk(measured, settings),
  ];
}

function aboutLayout(
  { embedding: all, present, isBusy }: Measured,
  settings: Settings,
): Proposal[] {
  if (isBusy) return [];
  const embedding = all.filter(({ spread }) => spread !== undefined);
  const now = embedding.find((one) => keyOf(one) === keyOf(present));
  // Without a second round nobody knows what is chance.
  if (now?.spread === undefined) return [];
  const needed = 1 + Math.max(leastGain, noiseOf(embedding));
  const fastest = embedding.reduce((a, b) => (b.tokensPerSecond > a.tokensPerSecond ? b : a), now);
  if (fastest.tokensPerSecond > now.tokensPerSecond * needed) {
    const gain = { what: "tokens/s", from: now.tokensPerSecond, to: fastest.tokensPerSecond };
    const memory = (fastest.runBytes - now.runBytes) / 1e6;
    const note = `runs then take ${Math.abs(memory).toFixed(0)} MB ${memory < 0 ? "less" : "more"}; measured together with the other options of this gain`;
    return layoutProposals(now, fastest, gain, note, settings);
  }
  // As fast, with less memory.
  const lean = embedding
    .filter(({ tokensPerSecond }) => tokensPerSecond >= now.tokensPerSecond * (1 - sameSpeed))
    .reduce((a, b) => (b.runBytes < a.runBytes ? b : a), now);
  if (now.runBytes - lean.runBytes < leastBytes) return [];
  const gain = { what: "bytes of runs", from: now.runBytes, to: lean.runBytes };
  const rate = (lean.tokensPerSecond / now.tokensPerSecond - 1) * 100;
  return layoutProposals(now, lean, gain, `speed ${rate.toFixed(0)} %`, settings);
}

const layoutOptions = [
  ["intraOpThreads", "embed.intra-op-threads"],
  ["workers", "embed.workers"],
  ["tokensPerRun", "embed.tokens-per-run"],
] as const;

function layoutProposals(
  now: Layout,
  then: Layout,
  gain: Proposal["gain"],
  note: string,
  settings: Settings,
): Proposal[] {
  return layoutOptions
    .filter(([key]) => now[key] !== then[key])
    .map(([key, option]) => ({
      option,
      present: formatValue(option, now[key]),
      proposed: formatValue(option, then[key]),
      gain,
      note,
      stronger: strongerThanFile(settings[option]),
    }));
}

function aboutCommits({ commits }: Measured, settings: Settings): Proposal[] {
  const option = "storage.synchronous";
  const setting = settings[option];
  const full = commits.find(({ synchronous }) => synchronous === "full");
  const normal = commits.find(({ synchronous }) => synchronous === "normal");
  if (setting.value !== "full" || full === undefined || normal === undefined) return [];
  if (normal.commitsPerSecond < full.commitsPerSecond * (1 + leastGain * 2)) return [];
  return [
    {
      option,
      present: "full",
      proposed: "normal",
      gain: { what: "commits/s", from: full.commitsPerSecond, to: normal.commitsPerSecond },
      note: "a power cut may take the last commits, never the index; the next run makes them again",
      stronger: strongerThanFile(setting),
    },
  ];
}

function aboutDisk({ disk }: Measured, settings: Settings): Proposal[] {
  const option = "storage.disk";
  const setting = settings[option];
  if (disk === undefined || !disk.isDirect) return [];
  const { randomReadMs } = disk;
  const present = setting.value ?? "auto";
  const isSlow = randomReadMs >= seekMs;
  const isMeantSlow = present === "hdd" || present === "sd";
  const proposed = isSlow && !isMeantSlow ? "hdd" : undefined;
  const faster = randomReadMs <= noSeekMs && isMeantSlow ? "ssd" : undefined;
  const value = proposed ?? faster;
  if (value === undefined) return [];
  return [
    {
      option,
      present,
      proposed: value,
      gain: { what: "ms for 4 kB", from: randomReadMs, to: randomReadMs },
      note:
        value === "hdd"
          ? "this disk seeks: fewer, larger writes suit it; page size counts for new indexes"
          : "this disk does not seek: it needs no large writes",
      stronger: strongerThanFile(setting),
    },
  ];
}

/** The user's file wins against tier, profile and defaults, and against itself. */
function strongerThanFile({ origin, from }: Setting): string | undefined {
  const isWeaker = ["default", "tier", "profile", "user file"].includes(origin);
  return isWeaker ? undefined : `${origin} ${from}`.trim();
}
