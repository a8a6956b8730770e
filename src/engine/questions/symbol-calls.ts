/* Questions about definitions, as an engine answers them: of its index, or with `at` of a commit. */
import { checkTextArgument } from "../../base/check-options.ts";
import { passGate } from "../../base/paths/path-gate.ts";
import type {
  CalleesResult,
  FileAt,
  FileAtOptions,
  FindSymbolOptions,
  OutlineOptions,
  OutlineResult,
  SymbolHit,
  UsesResult,
} from "../../ports/answers/definitions.ts";
import type { AnsweredAt } from "../../ports/answers/time/answered-at.ts";
import { checkCall, codeCalls } from "../../ports/calls.ts";
import type { Store } from "../../ports/store.ts";
import { outline } from "../../symbols/outline.ts";
import { type AtParts, AtRevision } from "../history/at/at-revision.ts";
import { askInside, type SymbolAnswers, type SymbolCall, withMissing } from "./structure.ts";
import { UpkeepCalls } from "./upkeep-calls.ts";

/** What an engine has that these questions are asked of. */
export interface SymbolParts extends Pick<Store, "symbols" | "texts" | "files"> {
  /** The folder of the index, as the index has it. */
  root: string;
  /** The answer, with a mark at what has changed on the disk since. */
  marked<T>(answer: T): T;
}

/** How an engine lends its index, and what is needed where there is none. */
export const symbolParts = Symbol("symbol parts");
export const atParts = Symbol("parts for a revision");

type Now<Options> = Options & { at?: undefined };
type Then<Options> = Options & { at: string };

export abstract class SymbolCalls extends UpkeepCalls {
  /** @internal */
  protected readonly past = new AtRevision(() => this[atParts]());

  /** @internal */
  protected abstract [symbolParts](): SymbolParts;
  /** @throws HaypileError HAYPILE_CLOSED @internal */
  protected abstract [atParts](): AtParts;

  /**
   * Definitions whose name is, contains or nearly is `name`, best first.
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_NOT_INDEXED, HAYPILE_PATH_REFUSED; with `at` HAYPILE_GIT,
   *   HAYPILE_REVISION_MISSING, HAYPILE_ABORTED
   */
  findSymbol(name: string, options?: Now<FindSymbolOptions>): SymbolHit[];
  findSymbol(name: string, options: Then<FindSymbolOptions>): Promise<SymbolHit[]>;
  findSymbol(name: string, options?: FindSymbolOptions): SymbolHit[] | Promise<SymbolHit[]>;
  findSymbol(name: string, options: FindSymbolOptions = {}): SymbolHit[] | Promise<SymbolHit[]> {
    return this.#ask("findSymbol", name, options);
  }

  /**
   * Definitions of a file or folder; the path is relative to the indexed folder, "" means all of it.
   * @throws HaypileError HAYPILE_PATH_MISSING, HAYPILE_NOT_INDEXED, HAYPILE_PATH_REFUSED; with `at` as findSymbol()
   */
  outline(path?: string, options?: Now<OutlineOptions>): OutlineResult;
  outline(path: string, options: Then<OutlineOptions>): Promise<OutlineResult>;
  outline(path?: string, options?: OutlineOptions): OutlineResult | Promise<OutlineResult>;
  outline(path = "", options: OutlineOptions = {}): OutlineResult | Promise<OutlineResult> {
    checkTextArgument("outline()", "path", path);
    checkCall(codeCalls, "outline", [path, options]);
    const { at } = options;
    if (at !== undefined) return this.past.outline(path, { ...options, at });
    const { symbols, files, root, marked } = this[symbolParts]();
    const found = outline(symbols, passGate(root, path), options);
    return marked({ ...found, files: withMissing(found.files, files) });
  }

  /** Where the best definition of a name is used. @throws as findSymbol(); HaypileError HAYPILE_SYMBOL_MISSING */
  references(name: string, options?: Now<FindSymbolOptions>): UsesResult;
  references(name: string, options: Then<FindSymbolOptions>): Promise<UsesResult>;
  references(name: string, options?: FindSymbolOptions): UsesResult | Promise<UsesResult>;
  references(name: string, options: FindSymbolOptions = {}): UsesResult | Promise<UsesResult> {
    return this.#ask("references", name, options);
  }

  /** What calls it. @throws as references() */
  callers(name: string, options?: Now<FindSymbolOptions>): UsesResult;
  callers(name: string, options: Then<FindSymbolOptions>): Promise<UsesResult>;
  callers(name: string, options?: FindSymbolOptions): UsesResult | Promise<UsesResult>;
  callers(name: string, options: FindSymbolOptions = {}): UsesResult | Promise<UsesResult> {
    return this.#ask("callers", name, options);
  }

  /** What extends or implements it. @throws as references() */
  implementations(name: string, options?: Now<FindSymbolOptions>): UsesResult;
  implementations(name: string, options: Then<FindSymbolOptions>): Promise<UsesResult>;
  implementations(name: string, options?: FindSymbolOptions): UsesResult | Promise<UsesResult>;
  implementations(name: string, options: FindSymbolOptions = {}): UsesResult | Promise<UsesResult> {
    return this.#ask("implementations", name, options);
  }

  /** What it calls. @throws as references() */
  callees(name: string, options?: Now<FindSymbolOptions>): CalleesResult;
  callees(name: string, options: Then<FindSymbolOptions>): Promise<CalleesResult>;
  callees(name: string, options?: FindSymbolOptions): CalleesResult | Promise<CalleesResult>;
  callees(name: string, options: FindSymbolOptions = {}): CalleesResult | Promise<CalleesResult> {
    return this.#ask("callees", name, options);
  }

  /**
   * Lines of a file as it was at a revision; the path is relative to the indexed folder.
   * @throws as findSymbol() with `at`; HaypileError HAYPILE_PATH_MISSING
   */
  async fileAt(path: string, options: FileAtOptions): Promise<FileAt> {
    return await this.past.fileAt(path, options);
  }

  /** Which commit a revision or a time means here. @throws HaypileError HAYPILE_GIT, HAYPILE_REVISION_MISSING */
  async revision(at: string): Promise<AnsweredAt> {
    return await this.past.revision(at);
  }

  #ask<Call extends SymbolCall>(
    call: Call,
    name: string,
    options: FindSymbolOptions,
  ): SymbolAnswers[Call] | Promise<SymbolAnswers[Call]> {
    checkTextArgument(`${call}()`, "name", name);
    checkCall(codeCalls, call, [name, options]);
    const { at } = options;
    if (at !== undefined) return this.past.ask(call, name, { ...options, at });
    const { root, marked, ...tables } = this[symbolParts]();
    return marked(askInside(tables, root, call, name, options));
  }
}
