/*
 * What every option is in the end, and where that came from. Pure: facts and layers in, settings out.
 * Order: default, tier, profile, user file, project file, environment, flag (or caller); the last
 * that says something counts.
 */
import type { HostFacts } from "../host/facts.ts";
import { type Profile, profileValues } from "../host/profiles.ts";
import type { Disk } from "../host/read-facts.ts";
import { type HostScore, scoreHost, type Tier } from "../host/score.ts";
import { type StorageProfile, storageValues, type TierValues, tierValues } from "../host/values.ts";
import type { OptionValues } from "./file/read-file.ts";
import type { OptionValue } from "./options/option-row.ts";
import { type OptionName, optionNames, rowOf, type Value } from "./options/options.ts";

export const origins = [
  "default",
  "tier",
  "profile",
  "user file",
  "project file",
  "environment",
  "flag",
] as const;
export type Origin = (typeof origins)[number];

export interface Setting<T = OptionValue> {
  /** Undefined: not set, and the option's row says what that means. */
  value: T | undefined;
  origin: Origin;
  /** The tier, the profile, the file, the variable or the flag; "" for a default. */
  from: string;
}

export type Settings = { readonly [Name in OptionName]: Setting<Value<Name>> };

/** What somebody said in one place. */
export interface OptionLayer {
  origin: "user file" | "project file" | "environment" | "flag";
  values: OptionValues;
  /** How the place of an option is named: a file, or the variable. */
  from: (name: OptionName) => string;
  /** A project file that nobody has trusted: it may only narrow. */
  isUntrusted?: boolean | undefined;
}

export interface Resolved {
  settings: Settings;
  score: HostScore;
  tier: Tier;
  /** Of a database that is made now, bytes. */
  pageSizeBytes: number;
  /** Options of the untrusted file that were left out. */
  ignored: OptionName[];
}

/** @param disk what was detected; undefined: as an SSD */
export function resolveSettings(
  facts: HostFacts,
  disk: Disk | undefined,
  layers: readonly OptionLayer[],
): Resolved {
  const sorted = layers.toSorted((a, b) => origins.indexOf(a.origin) - origins.indexOf(b.origin));
  const project = sorted.find(({ isUntrusted }) => isUntrusted === true);
  if (project === undefined) return { ...resolve(facts, disk, sorted), ignored: [] };
  // Measured against what the user has without this file, and without a flag that widens it just now.
  const allowed = resolve(
    facts,
    disk,
    sorted.filter(({ origin }) => origin === "user file"),
  ).settings;
  const kept = new Map<OptionName, OptionValue>();
  const ignored: OptionName[] = [];
  for (const [name, value] of project.values) {
    if (isNarrower(name, value, allowed[name].value)) kept.set(name, value);
    else if (value !== allowed[name].value) ignored.push(name);
  }
  const narrowed = sorted.map((one) => (one === project ? { ...one, values: kept } : one));
  return { ...resolve(facts, disk, narrowed), ignored };
}

/** May an untrusted file say `value` where the user has `allowed`? */
function isNarrower(
  name: OptionName,
  value: OptionValue,
  allowed: OptionValue | undefined,
): boolean {
  const { untrusted, choices } = rowOf(name);
  switch (untrusted) {
    case "any":
      return true;
    case "off":
      return value === false;
    case "never":
      return false;
    default:
      if (typeof value === "number") return typeof allowed === "number" && value <= allowed;
      return (
        choices !== undefined && choices.indexOf(String(value)) <= choices.indexOf(String(allowed))
      );
  }
}

function resolve(
  facts: HostFacts,
  disk: Disk | undefined,
  layers: readonly OptionLayer[],
): Omit<Resolved, "ignored"> {
  const said = <Name extends OptionName>(name: Name): Setting<Value<Name>> | undefined => {
    const layer = layers.findLast(({ values }) => values.has(name));
    if (layer === undefined) return undefined;
    const value = layer.values.get(name) as Value<Name>;
    return { value, origin: layer.origin, from: layer.from(name) };
  };
  const score = scoreHost(facts);
  const wanted = said("host.tier")?.value;
  const tier = wanted === undefined || wanted === "auto" ? score.tier : wanted;
  const tierSetting: Setting<Tier | "auto"> = said("host.tier") ?? {
    value: tier,
    origin: "default",
    from: `score ${score.total}`,
  };
  const profile: Profile = said("host.profile")?.value ?? "balanced";
  const ofTier = tierValues(tier, facts);
  const ofProfile = profileValues(profile, ofTier, facts);
  const storageProfile = said("storage.profile");
  const storage: StorageProfile =
    storageProfile?.value ?? (tier === "light" ? "low-memory" : "balanced");
  const chosenDisk = said("storage.disk")?.value;
  const ofStorage = storageValues(
    storage,
    chosenDisk === undefined || chosenDisk === "auto" ? (disk ?? "ssd") : chosenDisk,
  );
  const fitted = harmonise(
    { ...ofTier, ...ofProfile },
    facts.cores,
    said("embed.workers")?.value,
    said("embed.intra-op-threads")?.value,
    said("memory.max")?.value,
  );

  const setting = (name: OptionName): Setting => {
    const found = said(name);
    if (found !== undefined) return found;
    const row = rowOf(name);
    // A storage profile that somebody asked for counts more than the tier.
    const asked =
      storageProfile !== undefined && (row.tier === "pageCacheBytes" || row.tier === "bitsBytes")
        ? ofStorage[row.tier]
        : undefined;
    if (asked !== undefined) return { value: asked, origin: "profile", from: storage };
    if (row.tier !== undefined) {
      const isProfiles = ofProfile[row.tier] !== undefined;
      const value = fitted[row.tier];
      return isProfiles
        ? { value, origin: "profile", from: profile }
        : { value, origin: "tier", from: tier };
    }
    if (row.storage !== undefined) {
      const origin = storageProfile === undefined ? "tier" : "profile";
      return {
        value: ofStorage[row.storage],
        origin,
        from: origin === "tier" ? tier : storage,
      };
    }
    if (name === "storage.profile") return { value: storage, origin: "tier", from: tier };
    return { value: row.default, origin: "default", from: "" };
  };
  const settings = {
    ...Object.fromEntries(optionNames.map((name) => [name, setting(name)])),
    "host.tier": tierSetting,
  } as unknown as Settings;
  return { settings, score, tier, pageSizeBytes: ofStorage.pageSizeBytes };
}

/** Somebody said it: it comes neither from the table nor from the tier or a profile. */
export function isSaid({ origin }: Pick<Setting, "origin">): boolean {
  return origin !== "default" && origin !== "tier" && origin !== "profile";
}

/**
 * Values that hang together: where one of workers and threads is said, the other fills the CPUs; where
 * a limit of memory is said, the caches keep to their part of it.
 */
function harmonise(
  values: TierValues,
  cores: number,
  workers: number | undefined,
  threads: number | undefined,
  maxMemoryBytes: number | undefined,
): TierValues {
  const part = (bytes: number, share: number): number =>
    maxMemoryBytes === undefined
      ? bytes
      : Math.min(bytes, Math.floor((maxMemoryBytes * share) / 1e6) * 1e6);
  const fill = (other: number): number => Math.max(1, Math.floor(cores / other));
  return {
    ...values,
    workers: threads === undefined ? values.workers : Math.min(values.workers, fill(threads)),
    intraOpThreads:
      workers === undefined
        ? values.intraOpThreads
        : Math.min(values.intraOpThreads, fill(workers)),
    cacheBytes: part(values.cacheBytes, 1 / 8),
    bitsBytes: part(values.bitsBytes, 1 / 4),
    pageCacheBytes: part(values.pageCacheBytes, 1 / 16),
  };
}
