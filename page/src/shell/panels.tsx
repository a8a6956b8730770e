/* The table of panels: what the navigation lists, and what the part of the address after # shows. */
import type { ComponentType } from "preact";
import { Footprint } from "../panels/footprint/footprint.tsx";
import { Health } from "../panels/health/health.tsx";
import { Indexes } from "../panels/indexes/indexes.tsx";
import { Latency } from "../panels/latency/latency.tsx";
import { Memories } from "../panels/memories/memories.tsx";
import { Search } from "../panels/search/search.tsx";

export interface Panel {
  /** As it stands in the address: "#/memories". */
  id: string;
  title: string;
  show: ComponentType;
}

export const panels: readonly Panel[] = [
  { id: "search", title: "Search", show: Search },
  { id: "latency", title: "Latency", show: Latency },
  { id: "ram", title: "RAM", show: Footprint },
  { id: "memories", title: "Memories", show: Memories },
  { id: "indexes", title: "Indexes", show: Indexes },
  { id: "health", title: "Health", show: Health },
];
