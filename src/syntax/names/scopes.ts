/* Names that a piece of code has to itself. */

/** What is known of a name that is bound: where its type or its value is written. */
export interface Binding {
  /** Node of its type; -1 without one. */
  typeNode: number;
  /** Node of its first value; -1 without one. */
  valueNode: number;
  /** Its value is an element of what `valueNode` says. */
  isElement: boolean;
  /** … or what it has under this name. */
  member: string;
  /** The function written as an argument whose parameter it is, and the number of the parameter; -1 for none. */
  lambda: number;
  parameter: number;
}

export const noScope = 0;

const outside: Binding = {
  typeNode: -1,
  valueNode: -1,
  isElement: false,
  member: "",
  lambda: -1,
  parameter: -1,
};

/** Scope 0 is the file: what is bound there is no local name. */
export class Scopes {
  readonly #parents: number[] = [noScope];
  readonly #isFunction: boolean[] = [true];
  readonly #values: (Map<string, Binding> | undefined)[] = [undefined];
  readonly #types: (Set<string> | undefined)[] = [undefined];

  open(parent: number, isFunction: boolean): number {
    this.#parents.push(parent);
    this.#isFunction.push(isFunction);
    this.#values.push(undefined);
    this.#types.push(undefined);
    return this.#parents.length - 1;
  }

  functionAround(scope: number): number {
    let at = scope;
    while (!(this.#isFunction[at] as boolean)) at = this.#parents[at] as number;
    return at;
  }

  bind(scope: number, name: string, binding: Binding): void {
    if (scope === noScope) return;
    const values = this.#values[scope] ?? new Map<string, Binding>();
    this.#values[scope] = values;
    const known = values.get(name);
    // The first that says of what type it is.
    if (known === outside) return;
    if (known === undefined || (known.typeNode < 0 && known.valueNode < 0)) {
      values.set(name, binding);
    }
  }

  /** What is set in this scope under the name is not its own. */
  free(scope: number, name: string): void {
    const values = this.#values[scope] ?? new Map<string, Binding>();
    this.#values[scope] = values;
    values.set(name, outside);
  }

  bindType(scope: number, name: string): void {
    if (scope === noScope) return;
    const types = this.#types[scope] ?? new Set<string>();
    this.#types[scope] = types;
    types.add(name);
  }

  find(scope: number, name: string): Binding | undefined {
    for (let at = scope; at !== noScope; at = this.#parents[at] as number) {
      const found = this.#values[at]?.get(name);
      if (found !== undefined) return found === outside ? undefined : found;
    }
    return undefined;
  }

  hasType(scope: number, name: string): boolean {
    for (let at = scope; at !== noScope; at = this.#parents[at] as number) {
      if (this.#types[at]?.has(name) === true) return true;
    }
    return false;
  }
}
