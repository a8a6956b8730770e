/* A memory on its way to be written: the code it is anchored to was looked at, which takes time no transaction has. */
import type { AnchorReader } from "../../ports/anchor-reader.ts";
import type { StoredAnchor, WholeMemory } from "../../ports/memory-rows.ts";
import { seeAnchors } from "../anchors/anchors.ts";
import type { Remembered } from "../checks/options.ts";

export interface Prepared extends Remembered {
  anchorsSeen: readonly StoredAnchor[];
  /** Of imports: as it was. */
  key?: string | undefined;
  created?: number | undefined;
  /** All of it, to be written as it is. */
  past?: WholeMemory | undefined;
  /** Ids that it is not merged into. */
  apart?: ReadonlySet<string> | undefined;
}

/** @param isImport an anchor that is refused is kept by its name alone: the memory comes from another place */
export async function prepare(
  reader: AnchorReader | undefined,
  checked: Remembered,
  isImport: boolean,
): Promise<Prepared> {
  if (checked.anchors.length === 0) return { ...checked, anchorsSeen: [] };
  const anchorsSeen = await seeAnchors(reader, checked.anchors, Date.now(), isImport);
  return { ...checked, anchorsSeen };
}
