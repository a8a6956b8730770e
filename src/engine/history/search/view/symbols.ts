/* Definitions of a revision, out of the two indexes: what a search asks of them. */
import { nameMatches, type SymbolRow, type SymbolTable } from "../../../../ports/symbols.ts";
import {
  type Both,
  idOf,
  partOf,
  placeOfFile,
  refusing,
  type Side,
  seenPath,
  sides,
  storeOf,
} from "./sides.ts";

export function symbolsOf(both: Both): SymbolTable {
  const rowOf = (side: Side, row: SymbolRow): SymbolRow | undefined => {
    const path = seenPath(both, side, row.path);
    return path === undefined ? undefined : { ...row, id: idOf(row.id, side), path };
  };
  const eachSide = <T>(ask: (table: SymbolTable, side: Side) => T[]): T[] =>
    sides.flatMap((side) => {
      const table = storeOf(both, side)?.symbols;
      return table === undefined ? [] : ask(table, side);
    });
  const withNames = <Name extends { nameId: number }>(names: Name[], side: Side): Name[] =>
    names.map((one) => ({ ...one, nameId: idOf(one.nameId, side) }));
  const ofNames = (
    ids: readonly number[],
    ask: (table: SymbolTable, own: number[], take: (row: SymbolRow) => void) => void,
    take: (row: SymbolRow) => void,
  ): void => {
    for (const side of sides) {
      const { own } = partOf(ids, side);
      const table = own.length === 0 ? undefined : storeOf(both, side)?.symbols;
      if (table === undefined) continue;
      ask(table, own, (row) => {
        const seen = rowOf(side, row);
        if (seen !== undefined) take(seen);
      });
    }
  };
  return {
    ...refusing(
      "definitionsNamed",
      "definitionsIn",
      "referencesTo",
      "referencesWithin",
      "importsOf",
      "importsNamed",
      "factsNamed",
      "exportsAs",
      "contentsOf",
      "pathsBelow",
      "counts",
    ),
    findNames: (query, limit) =>
      eachSide((table, side) => withNames(table.findNames(query, limit), side))
        .sort((a, b) => nameMatches.indexOf(a.match) - nameMatches.indexOf(b.match))
        .slice(0, limit * 2),
    namesFolded: (folded, limit) =>
      eachSide((table, side) => withNames(table.namesFolded(folded, limit), side)),
    namesWritten: (names) => eachSide((table, side) => withNames(table.namesWritten(names), side)),
    definitionsOf: (ids, limit) => {
      const rows: SymbolRow[] = [];
      ofNames(
        ids,
        (table, own, take) => table.definitionsOf(own, limit).forEach(take),
        (row) => rows.push(row),
      );
      return rows.slice(0, limit);
    },
    eachDefinitionOf: (ids, take) =>
      ofNames(ids, (table, own, each) => table.eachDefinitionOf(own, each), take),
    definitionsAt: (places) => {
      const found = new Array<SymbolRow | undefined>(places.length).fill(undefined);
      for (const side of sides) {
        const own = places.flatMap(({ path, line }, at) => {
          const place = placeOfFile(both, path);
          return place?.side === side ? [{ path: place.path, line, at }] : [];
        });
        const rows =
          own.length === 0 ? [] : (storeOf(both, side)?.symbols.definitionsAt(own) ?? []);
        for (const [n, { at }] of own.entries()) {
          const row = rows[n];
          if (row !== undefined) found[at] = rowOf(side, row);
        }
      }
      return found;
    },
  };
}
