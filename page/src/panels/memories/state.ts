/* What the panel shows, as it stands in the address: it can be shared and gone back to. */
import {
  type MemoryFilter,
  type MemoryKind,
  type MemoryOrder,
  type MemorySource,
  memoryKinds,
  memoryOrders,
  memorySources,
} from "../../../../src/ports/memories.ts";

export const views = [
  { id: "all", title: "All" },
  { id: "duplicates", title: "Duplicates" },
  { id: "expiring", title: "Expiring" },
  { id: "unverified", title: "Unverified" },
  { id: "forgotten", title: "Forgotten" },
  { id: "snapshots", title: "Snapshots" },
] as const;

export type ViewId = (typeof views)[number]["id"];

export interface PanelState {
  view: ViewId;
  /** What is typed. */
  text: string;
  /** Whether that is looked for in words, or as a question by its meaning. */
  by: "words" | "meaning";
  namespace: string | undefined;
  tags: string[];
  kind: MemoryKind | undefined;
  source: MemorySource | undefined;
  isPinned: boolean;
  /** Days: remembered on or after, and on or before. */
  since: string;
  until: string;
  order: MemoryOrder;
  /** The memory that is shown. */
  id: string | undefined;
}

const soonDays = 30;
const dayMs = 86_400_000;

export function stateOf(query: URLSearchParams): PanelState {
  const said = (name: string): string => query.get(name) ?? "";
  return {
    view:
      oneOf(
        views.map(({ id }) => id),
        said("view"),
      ) ?? "all",
    text: said("q"),
    by: said("by") === "meaning" ? "meaning" : "words",
    namespace: said("namespace") === "" ? undefined : said("namespace"),
    tags: query.getAll("tag").slice(0, 32),
    kind: oneOf(memoryKinds, said("kind")),
    source: oneOf(memorySources, said("source")),
    isPinned: said("pinned") === "1",
    since: said("since"),
    until: said("until"),
    order: oneOf(memoryOrders, said("order")) ?? "newest",
    id: said("id") === "" ? undefined : said("id"),
  };
}

export function queryOf(state: PanelState): URLSearchParams {
  const query = new URLSearchParams();
  const say = (name: string, value: string | undefined, usual = ""): void => {
    if (value !== undefined && value !== usual) query.append(name, value);
  };
  say("view", state.view, "all");
  say("q", state.text);
  say("by", state.by, "words");
  say("namespace", state.namespace);
  for (const tag of state.tags) say("tag", tag);
  say("kind", state.kind);
  say("source", state.source);
  say("pinned", state.isPinned ? "1" : "");
  say("since", state.since);
  say("until", state.until);
  say("order", state.order, "newest");
  say("id", state.id);
  return query;
}

/** As the daemon takes it. What is looked for by meaning is a question, and no part of it. */
export function filterOf(state: PanelState, now = Date.now()): MemoryFilter {
  const { namespace, tags, kind, source, since, until, text } = state;
  return {
    ...(namespace !== undefined && { namespace }),
    ...(tags.length > 0 && { tags: { all: tags } }),
    ...(kind !== undefined && { kind }),
    ...(source !== undefined && { source }),
    ...(state.isPinned && { pinned: true }),
    ...(isDay(since) && { since }),
    ...(isDay(until) && { until: dayAfter(until) }),
    ...(state.by === "words" && text.trim() !== "" && { text }),
    ...(state.view === "expiring" && {
      expiresBefore: new Date(Math.ceil(now / dayMs) * dayMs + soonDays * dayMs).toISOString(),
    }),
  };
}

export function hasFilter(state: PanelState): boolean {
  return Object.keys(filterOf({ ...state, view: "all", by: "words" })).length > 0;
}

/** The daemon counts up to where a day begins; people mean all of it. */
function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + dayMs).toISOString().slice(0, 10);
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/u.test(text) && !Number.isNaN(Date.parse(text));
}

function oneOf<T extends string>(all: readonly T[], said: string): T | undefined {
  return all.find((one) => one === said);
}
