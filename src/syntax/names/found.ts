/* What is met on the way through a tree. */
import type { ReferenceKind } from "../../ports/syntax.ts";

export interface FoundFact {
  name: string;
  is: string;
  at: number;
}

export interface FoundUse {
  name: string;
  kind: ReferenceKind;
  /** What it hangs on, see Reference.on; "" for a plain name. */
  on: string;
  at: number;
}

/** What the queries said before: where names are defined, and where they are imported. */
export interface Known {
  definitionAt(at: number): "value" | "other" | undefined;
  /** The name that is imported, or what it is called here. */
  imported(at: number): "name" | "alias" | undefined;
}

export interface Pending {
  at: number;
  name: string;
  kind: ReferenceKind;
  scope: number;
  /** The node that names a member, in the member expression; -1 for a plain name. */
  member: number;
  /** Read off the signs around it. */
  on: string | undefined;
}
