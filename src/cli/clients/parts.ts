/* What of Haypile a client can be given, and what became of it. */

/** "server": the entry of the MCP server; "hooks": what the client runs; "guide": what its model reads. */
export type Part = "server" | "hooks" | "guide";

/** "edited": ours, changed by somebody since, and left as it is. */
export type Outcome = "added" | "updated" | "unchanged" | "removed" | "absent" | "edited";

export interface PlannedPart {
  client: string;
  part: Part;
  file: string;
  outcome: Outcome;
}
