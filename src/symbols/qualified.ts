/* Uses behind a path of names, and those that only look like a member. */
import type { Confidence } from "../ports/answers/definitions.ts";
import type { ReferenceRow, SymbolRow } from "../ports/symbols.ts";
import { isScriptOrPython, typeKinds } from "./language-habits.ts";
import { boundName, type Lookup } from "./lookup.ts";
import { classesOf, meaningOf } from "./receivers.ts";

const pathsAreNamespaces: ReadonlySet<string> = new Set(["cpp", "php", "rust", "csharp", "ruby"]);

export class QualifiedUses {
  readonly #lookup: Lookup;
  readonly #symbol: SymbolRow;
  readonly #homes: ReadonlySet<string>;
  readonly #isMember: boolean;

  /** @param homes files that define or declare it */
  constructor(lookup: Lookup, symbol: SymbolRow, homes: ReadonlySet<string>, isMember: boolean) {
    this.#lookup = lookup;
    this.#symbol = symbol;
    this.#homes = homes;
    this.#isMember = isMember;
  }

  /** A path of names: a module's, a namespace's, a class's. Undefined when it is none. */
  ofPath(row: ReferenceRow, name: string): Confidence | "no" | undefined {
    const { on, path } = row;
    if (!/^[\p{L}_$][\p{L}\p{N}_$]*(\.[\p{L}_$][\p{L}\p{N}_$]*)*$/u.test(on)) return undefined;
    const symbol = this.#symbol;
    const [first = "", ...rest] = on.split(".");
    if (first === "this" && symbol.language !== "rust") return undefined;
    const bound = this.#lookup.binding(path, first);
    for (const one of bound) {
      const inner = [...rest, name].join(".");
      // "import a.b": the whole path is the module.
      if (
        one.name === "" &&
        one.alias === "" &&
        on !== first &&
        this.#lookup.brings({ ...one, module: on }, name, symbol)
      ) {
        return "import";
      }
      if (this.#lookup.reaches(one, inner, symbol)) return "import";
    }
    if (
      bound.some((one) => one.name === "") &&
      (isScriptOrPython(symbol.language) || symbol.language === "go")
    ) {
      return "no";
    }
    if (symbol.language === "rust" && this.#ofRustPath(row, on)) return "import";
    if (symbol.container !== "" && !this.#isMember) {
      const isEnd =
        symbol.container === on ||
        symbol.container.endsWith(`.${on}`) ||
        on.endsWith(`.${symbol.container}`);
      if (isEnd)
        return this.#homes.has(path)
          ? "exact"
          : this.#lookup.isNear(path, symbol)
            ? "import"
            : "name";
    }
    if (
      typeKinds.has(symbol.kind) &&
      symbol.container === "" &&
      !isScriptOrPython(symbol.language)
    ) {
      // "app.Job": a package in front of it.
      if (this.#lookup.means({ module: on, path }, symbol.path, symbol.language)) return "import";
      return symbol.language === "go" ? "no" : "name";
    }
    if (symbol.container === "" && pathsAreNamespaces.has(symbol.language)) {
      const types = classesOf(this.#lookup, meaningOf(this.#lookup, on, row));
      if (types !== undefined && types !== "outside") return "no";
      if (this.#lookup.means({ module: on, path }, symbol.path, symbol.language)) return "import";
      return symbol.language === "php" || symbol.language === "cpp" ? "name" : undefined;
    }
    return undefined;
  }

  /** "require('./a').run()", "import('./a').then((m) => m.run())". */
  ofNamelessModule({ path, on }: ReferenceRow, name: string): Confidence | undefined {
    if (on !== "?" && !/^(require|import)\(\)/.test(on)) return undefined;
    const isNamed = this.#lookup
      .importsOf(path)
      .some(
        (row) =>
          row.name === "" && boundName(row) === "" && this.#lookup.brings(row, name, this.#symbol),
      );
    return isNamed ? "name" : undefined;
  }

  #ofRustPath({ path, within }: ReferenceRow, on: string): boolean {
    if (this.#isMember) return false;
    let module = on.replace(/^this(?=\.|$)/, "self");
    // "mod deep { … super::run() }": as many steps up as there are modules around it.
    const container = within?.container.split(".") ?? [];
    const modules = this.#lookup
      .definitionsIn(path)
      .filter(({ kind, name }) => kind === "module" && container.includes(name)).length;
    for (let step = 0; step < modules && module.startsWith("super"); step += 1) {
      module = module
        .replace(/^super(\.|$)/, "")
        .replace(/^(?!super)/, "self.")
        .replace(/\.$/, "");
    }
    return [...this.#homes].some((home) => this.#lookup.means({ module, path }, home, "rust"));
  }

  /** A function that is written as if it were a member of what it is called on. */
  ofExtension(row: ReferenceRow): Confidence | undefined {
    const { signature, name, language } = this.#symbol;
    if (language === "csharp" && /\(\s*this\s/.test(signature)) return "name";
    if (language === "kotlin" && new RegExp(`[\\w>?]\\.${name}\\b`).test(signature)) return "name";
    if (language === "kotlin" && /\binfix\b/.test(signature) && row.on === "?") return "name";
    if (language === "ruby" && !this.#isMember) return "name";
    return undefined;
  }
}
