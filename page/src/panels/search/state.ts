/* What is searched, as it stands in the address: "#/search?q=retry&f=lang:go&in=/home/me/app". */

export interface SearchState {
  /** What is written in the box; filters that are whole are not in it. */
  text: string;
  /** As they are typed: "lang:go", "-path:docs", "-test", "tag:db". */
  filters: string[];
  /** Folders, absolute; "*" alone: every index; empty: what was chosen last. */
  folders: string[];
  shows: "both" | "code" | "memories";
  /** Memories as they were known on that day; "": now. */
  asOf: string;
  /** The code as that commit, branch, tag or time had it; "": now. */
  at: string;
  /** Hits of code wanted, and of memories. */
  k: number;
  /** Also what is not near enough. */
  isWeak: boolean;
}

export const defaultK = 10;
const mostK = 100;
/** The box takes no more: the model reads the first page of a question at most. */
export const mostText = 2000;
const mostFilters = 30;
/** Longer than any name of a revision. */
export const mostAt = 200;
const mostFolders = 1000;

export function readState(query: URLSearchParams): SearchState {
  const of = query.get("of");
  const k = Number(query.get("k") ?? defaultK);
  return {
    text: (query.get("q") ?? "").slice(0, mostText),
    filters: query.getAll("f").slice(0, mostFilters),
    folders: query.getAll("in").slice(0, mostFolders),
    shows: of === "code" || of === "memories" ? of : "both",
    asOf: /^\d{4}-\d{2}-\d{2}$/u.exec(query.get("asof") ?? "")?.[0] ?? "",
    at: (query.get("at") ?? "").slice(0, mostAt),
    k: Number.isInteger(k) && k > 0 ? Math.min(k, mostK) : defaultK,
    isWeak: query.get("weak") === "1",
  };
}

export function writeState(state: SearchState): URLSearchParams {
  const query = new URLSearchParams();
  if (state.text !== "") query.set("q", state.text);
  for (const filter of state.filters) query.append("f", filter);
  for (const folder of state.folders) query.append("in", folder);
  if (state.shows !== "both") query.set("of", state.shows);
  if (state.asOf !== "") query.set("asof", state.asOf);
  if (state.at !== "") query.set("at", state.at);
  if (state.k !== defaultK) query.set("k", String(state.k));
  if (state.isWeak) query.set("weak", "1");
  return query;
}
