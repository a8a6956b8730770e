import { describe, expect, it } from "vitest";
import {
  type Doings,
  type Guard,
  guarded,
  unguarded,
} from "../../../../src/storage/sqlite/roles/guarded.ts";

interface Shelf {
  put(book: string): number;
  fetch(book: string): Promise<string>;
  dust(): void;
}

class OakShelf implements Shelf {
  readonly #books: string[] = [];

  put(book: string): number {
    if (book === "") throw new Error("no title");
    return this.#books.push(book);
  }

  async fetch(book: string): Promise<string> {
    if (!this.#books.includes(book)) throw new Error(`no ${book}`);
    return book;
  }

  dust(): void {
    throw new Error(`dust on ${this.#books.length}`);
  }
}

/** Tells what it ran, and says errors in its own words. */
class Clerk implements Guard {
  readonly ran: string[] = [];

  run<T>(doing: string, work: () => T): T {
    this.ran.push(doing);
    try {
      return work();
    } catch (error) {
      throw new Error(`Could not ${doing}: ${(error as Error).message}`);
    }
  }

  async runAsync<T>(doing: string, work: () => Promise<T>): Promise<T> {
    this.ran.push(`${doing}, later`);
    return await work().catch((error: Error) => {
      throw new Error(`Could not ${doing}: ${error.message}`);
    });
  }
}

const doings: Doings<Shelf> = {
  put: "put a book",
  fetch: { later: "fetch a book" },
  dust: unguarded,
};

describe("guarded", () => {
  const open = (): { clerk: Clerk; shelf: Shelf } => {
    const clerk = new Clerk();
    return { clerk, shelf: guarded<Shelf>(new OakShelf(), doings, clerk) };
  };

  it("runs each call through the guard, with what it was given, and gives back what it gives", async () => {
    const { clerk, shelf } = open();
    expect([shelf.put("Walden"), shelf.put("Emma")]).toEqual([1, 2]);
    expect(await shelf.fetch("Emma")).toBe("Emma");
    expect(clerk.ran).toEqual(["put a book", "put a book", "fetch a book, later"]);
  });

  it("lets the guard tell what went wrong, now or later", async () => {
    const { shelf } = open();
    expect(() => shelf.put("")).toThrow("Could not put a book: no title");
    await expect(shelf.fetch("Ulysses")).rejects.toThrow("Could not fetch a book: no Ulysses");
  });

  it("leaves alone what guards itself", () => {
    const { clerk, shelf } = open();
    expect(() => shelf.dust()).toThrow(/^dust on 0$/);
    expect(clerk.ran).toEqual([]);
  });

  it("gives calls that may be taken off it", () => {
    const { put } = open().shelf;
    expect(put("Walden")).toBe(1);
  });

  it("does not compile where a call is forgotten, or said to answer at once when it answers later", () => {
    // @ts-expect-error fetch() and dust() are missing
    const few: Doings<Shelf> = { put: "put a book" };
    // @ts-expect-error fetch() answers later
    const soon: Doings<Shelf> = { ...doings, fetch: "fetch a book" };
    expect([few, soon]).toHaveLength(2);
  });
});
