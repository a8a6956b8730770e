/* Memories of several stores as parts of one whole: which part a namespace belongs to, and which has a memory. */
import { HaypileError } from "../../../base/errors.ts";
import type { Memories, Memory, MemoryFilter } from "../../../ports/memories.ts";
import type { StoreName } from "../../store/store-for.ts";

export interface Part {
  store: StoreName;
  memories: Memories;
  /** The same for each part that is one store by another login, which may see the very memories. Default: no other is. */
  sharedAs?: StoreName | undefined;
}

const defaultNamespace = "default";
/** Ids whose part is remembered. */
const mostHints = 4_096;

export class Parts {
  /** Those of this machine come first: they are asked at no cost. */
  readonly all: readonly Part[];
  readonly #storeOf: (namespace: string) => StoreName;
  readonly #hints = new Map<string, Part>();

  /** @param storeOf the store of a namespace, one of those of `all` */
  constructor(all: readonly Part[], storeOf: (namespace: string) => StoreName) {
    this.all = all;
    this.#storeOf = storeOf;
  }

  of(namespace: string | undefined): Part {
    const store = this.#storeOf(namespace ?? defaultNamespace);
    return this.all.find((part) => part.store === store) ?? (this.all[0] as Part);
  }

  /** Whether what lies in a part is found there: a namespace that was given another store may have left some behind. */
  isOwn(part: Part, namespace: string): boolean {
    return this.of(namespace) === part;
  }

  /** Whether a namespace is kept in the store of a part, by whichever login. */
  isInStore(part: Part, namespace: string): boolean {
    const owner = this.of(namespace);
    return owner === part || (part.sharedAs !== undefined && owner.sharedAs === part.sharedAs);
  }

  /** Those that a filter is about, each with the namespaces that are its own; all, where none are said. */
  asked(
    namespace: MemoryFilter["namespace"],
  ): { part: Part; namespace: MemoryFilter["namespace"] }[] {
    if (namespace === undefined) return this.all.map((part) => ({ part, namespace }));
    const list = typeof namespace === "string" ? [namespace] : namespace;
    const found = this.all.map((part) => ({
      part,
      namespace: list.filter((one) => this.isOwn(part, one)),
    }));
    const some = found.filter((one) => one.namespace.length > 0);
    // What is said wrongly is refused by whoever is asked.
    return some.length === 0 ? [{ part: this.all[0] as Part, namespace: list }] : some;
  }

  /**
   * The same for what must neither show nor touch what is not a part's own. Where all in it is, it is asked for all.
   * @returns without namespaces ([]): the part has none of its own, and is not asked
   */
  async askedForOwn(
    namespace: MemoryFilter["namespace"],
  ): Promise<{ part: Part; namespace: MemoryFilter["namespace"] }[]> {
    const asked = this.asked(namespace);
    if (namespace !== undefined) return asked;
    return await Promise.all(asked.map(async ({ part }) => await this.#own(part)));
  }

  /** As askedForOwn(), where two parts are known to be one store; else no store is asked. */
  async askedForList(
    namespace: MemoryFilter["namespace"],
  ): Promise<{ part: Part; namespace: MemoryFilter["namespace"] }[]> {
    return await Promise.all(
      this.asked(namespace).map(async (one) =>
        namespace === undefined && one.part.sharedAs !== undefined
          ? await this.#own(one.part)
          : one,
      ),
    );
  }

  async #own(part: Part): Promise<{ part: Part; namespace: string[] | undefined }> {
    const { namespaces } = await part.memories.stats();
    const all = namespaces.map((one) => one.namespace);
    const own = all.filter((one) => this.isOwn(part, one));
    return { part, namespace: own.length === all.length ? undefined : own };
  }

  /**
   * Asks one part after the other until one has the memory.
   * @throws HaypileError HAYPILE_MEMORY_MISSING when none has, and whatever else one says
   */
  async withMemory<T>(
    id: string,
    ask: (memories: Memories, part: Part) => Promise<T>,
    isFound: (answer: T) => boolean = () => true,
  ): Promise<T> {
    const hint = this.#hints.get(id);
    const order = hint === undefined ? this.all : [hint, ...this.all.filter((one) => one !== hint)];
    let last: { answer: T } | undefined;
    let missing: unknown;
    let refused: unknown;
    for (let rest = [...order]; rest.length > 0; ) {
      const [next = order[0] as Part] = rest;
      // Of several logins of one store, the one whose namespace it is in.
      const isAmongShared = next.sharedAs !== undefined && next !== hint;
      const part = isAmongShared ? ((await this.#ownerOf(id, next, rest)) ?? next) : next;
      rest = rest.filter((one) => one !== part);
      try {
        const answer = await ask(part.memories, part);
        if (isFound(answer)) {
          this.note(id, part);
          return answer;
        }
        last = { answer };
      } catch (error) {
        const mayAnother = part.sharedAs !== undefined && isRefused(error);
        if (!isMissing(error) && !mayAnother) throw error;
        if (mayAnother) refused ??= error;
        else missing ??= error;
      }
    }
    if (refused !== undefined) throw refused;
    if (last !== undefined) return last.answer;
    throw missing;
  }

  /** The part that has a memory; undefined: none has. */
  async holder(id: string): Promise<Part | undefined> {
    let holder: Part | undefined;
    await this.withMemory(
      id,
      async (memories, part): Promise<Memory | undefined> => {
        const found = await memories.get(id);
        if (found !== undefined) holder = part;
        return found;
      },
      (found) => found !== undefined,
    );
    return holder;
  }

  /**
   * Of the logins of one store that are still to be asked, that which the namespace of a memory is of: others may have no right to
   * change it. Undefined: this one does not see it.
   */
  async #ownerOf(id: string, part: Part, rest: readonly Part[]): Promise<Part | undefined> {
    const found = await part.memories.get(id);
    const owner = found && this.of(found.namespace);
    const isAsked = owner !== undefined && rest.includes(owner);
    return isAsked && owner.sharedAs === part.sharedAs ? owner : undefined;
  }

  note(id: string, part: Part): void {
    this.#hints.delete(id);
    this.#hints.set(id, part);
    if (this.#hints.size > mostHints) this.#hints.delete(this.#hints.keys().next().value as string);
  }
}

export function isMissing(error: unknown): boolean {
  return HaypileError.isInstance(error) && error.code === "HAYPILE_MEMORY_MISSING";
}

/** @param what "a memory cannot be linked to one of another store" */
export function apart(what: string, stores: readonly StoreName[]): HaypileError {
  return new HaypileError(
    "HAYPILE_USAGE",
    `Cannot do this across stores: ${what} (${stores.join(" and ")}). Which namespace is kept where is said by memories.stores.`,
    { data: { stores } },
  );
}

/** Another login of the same store may have the right. */
export function isRefused(error: unknown): boolean {
  return HaypileError.isInstance(error) && error.code === "HAYPILE_STORE_RIGHTS";
}
