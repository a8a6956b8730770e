/* The uses in a tree: every name that is not where it is defined, bound or a label, and what it hangs on. */
import type { ReferenceKind } from "../../ports/syntax.ts";
import { Expressions, unknownReceiver } from "./expressions.ts";
import { type FlatTree, noNode } from "./flat-tree.ts";
import type { FoundFact, FoundUse, Known, Pending } from "./found.ts";
import { type CompiledRules, modeChanges, nodeTraits, places, roles } from "./rules.ts";
import { type Binding, noScope, Scopes } from "./scopes.ts";
import { around, shellName, word } from "./signs.ts";

/** A generated file may hold millions; what is beyond is not looked up by anyone. */
const mostUses = 50_000;

const binding = places.bind | places.bindInFunction | places.bindType;

export function collectUses(
  flat: FlatTree,
  rules: CompiledRules,
  text: string,
  known: Known,
): { uses: FoundUse[]; facts: FoundFact[] } {
  return new Collector(flat, rules, text, known).run();
}

class Collector {
  readonly #flat: FlatTree;
  readonly #rules: CompiledRules;
  readonly #text: string;
  readonly #known: Known;
  readonly #scopes = new Scopes();
  readonly #scopeOf: Uint32Array;
  readonly #pending: Pending[] = [];
  readonly #sets: { name: string; at: number; member: number; binding: Binding }[] = [];
  readonly #bindsLower: boolean;

  constructor(flat: FlatTree, rules: CompiledRules, text: string, known: Known) {
    this.#flat = flat;
    this.#rules = rules;
    this.#text = text;
    this.#known = known;
    this.#scopeOf = new Uint32Array(flat.count);
    this.#bindsLower = rules.rules.bindsLower === true;
  }

  run(): { uses: FoundUse[]; facts: FoundFact[] } {
    this.#walk();
    const expressions = new Expressions(
      this.#flat,
      this.#rules,
      this.#text,
      this.#scopes,
      this.#scopeOf,
    );
    const uses: FoundUse[] = [];
    for (const { at, name, kind, scope, member, on } of this.#pending) {
      const hung = on ?? (member === noNode ? "" : expressions.receiver(member));
      if (hung === "") {
        const binding = kind === "import" ? undefined : this.#scopes.find(scope, name);
        if (binding !== undefined && kind !== "type" && kind !== "inherit") continue;
        if (this.#scopes.hasType(scope, name)) continue;
      }
      uses.push({ name, kind, on: hung, at });
    }
    const facts: FoundFact[] = [];
    for (const { name, at, member, binding } of this.#sets) {
      if (expressions.receiver(member) !== "this") continue;
      const is = expressions.ofBound(binding);
      if (is !== unknownReceiver) facts.push({ name, is, at });
    }
    return { uses, facts };
  }

  #walk(): void {
    const flat = this.#flat;
    const rules = this.#rules;
    const modes = new Uint16Array(flat.count);
    const binders = new Int32Array(flat.count);
    for (let node = 0; node < flat.count && this.#pending.length < mostUses; node += 1) {
      const type = flat.type(node);
      const parent = flat.parent(node);
      let mode = 0;
      let scope: number = noScope;
      let place = 0;
      if (parent !== noNode) {
        mode = modes[parent] as number;
        scope = this.#scopeOf[parent] as number;
        binders[node] = binders[parent] as number;
        place = this.#placeOf(node, parent);
        if ((place & modeChanges) !== 0) {
          const change = place & modeChanges;
          if ((change & places.import) !== 0) mode = places.import;
          else if ((change & places.ignore) !== 0) mode = places.ignore;
          else if ((change & binding) !== 0) mode = change & binding;
          else if ((change & places.type) !== 0) {
            if (mode !== places.ignore && mode !== places.import) mode = places.type;
          } else if ((mode & (binding | places.ignore)) !== 0) mode = 0;
          binders[node] = node;
        }
      }
      const traits = rules.traits[type] as number;
      if ((traits & nodeTraits.scope) !== 0) {
        scope = this.#scopes.open(scope, (traits & nodeTraits.function) !== 0);
        mode = 0;
      }
      this.#scopeOf[node] = scope;
      modes[node] = mode;
      const role = rules.role[type] as number;
      if (role === 0) continue;
      if (role === roles.raw || role === roles.rawType) this.#read(node, role, mode, scope);
      else if (role === roles.variable)
        this.#bindVariable(node, mode, scope, binders[node] as number);
      else if (role === roles.quoted) this.#quote(node, scope);
      else if (role !== roles.path && flat.after(node) === node + 1) {
        this.#meet(node, role, mode, scope, place, binders[node] as number);
      }
    }
  }

  #placeOf(node: number, parent: number): number {
    const flat = this.#flat;
    return this.#rules.placeOf(
      flat.type(parent),
      flat.field(node),
      node === parent + 1,
      flat.after(node) === flat.after(parent),
    );
  }

  /** A variable that is told by its spelling is no definition. */
  #bindVariable(node: number, mode: number, scope: number, binder: number): void {
    if ((mode & (places.bind | places.bindInFunction)) === 0) return;
    const name = this.#text.slice(this.#flat.start(node), this.#flat.end(node));
    this.#scopes.bind(scope, name, this.#bindingOf(node, binder, name));
  }

  /** "array_map('run', …)", "[$this, 'run']". */
  #quote(node: number, scope: number): void {
    const flat = this.#flat;
    const at = flat.start(node);
    const name = this.#text.slice(at, flat.end(node));
    if (!/^[A-Za-z_]\w*$/.test(name)) return;
    const item = flat.parent(flat.parent(node));
    const list = item < 0 ? noNode : flat.parent(item);
    if (list < 0) return;
    const traits = (of: number): number =>
      of < 0 ? 0 : (this.#rules.traits[flat.type(of)] as number);
    const isArgument = (traits(flat.parent(list)) & nodeTraits.quoted) !== 0;
    const isSecond =
      (traits(list) & nodeTraits.quotedPair) !== 0 && this.#numberOf(item, list) === 1;
    if (!isArgument && !isSecond) return;
    const member = isSecond ? item : noNode;
    this.#pending.push({ at, name, kind: "value", scope, member, on: isSecond ? undefined : "" });
  }

  #meet(
    node: number,
    role: number,
    mode: number,
    scope: number,
    place: number,
    binder: number,
  ): void {
    const at = this.#flat.start(node);
    if (mode === places.ignore) return;
    const defined = this.#known.definitionAt(at);
    // What a function keeps to itself is a local, though a pattern has it.
    if (defined === "other" || (defined === "value" && this.#scopes.functionAround(scope) === 0)) {
      return;
    }
    if (defined !== undefined && (place & places.member) !== 0) {
      this.#noteSet(this.#text.slice(at, this.#flat.end(node)), at, node);
      return;
    }
    const { rules } = this.#rules;
    const name = this.#text.slice(at, this.#flat.end(node));
    if (rules.noNames?.has(name) === true || /^\d/.test(name)) return;
    if ((place & places.ignoreSmall) !== 0 && /^\p{Ll}/u.test(name)) return;
    if (role === roles.word) {
      if ((place & (places.call | places.use)) === 0 || !shellName.test(name)) return;
    }
    if ((place & places.free) !== 0) {
      this.#scopes.free(this.#scopes.functionAround(scope), name);
      return;
    }
    const imported = this.#known.imported(at);
    const isBound = (mode & (places.bind | places.bindInFunction)) !== 0;
    if (isBound && imported === undefined && !(this.#bindsLower && /^\p{Lu}/u.test(name))) {
      const to = (mode & places.bindInFunction) !== 0 ? this.#scopes.functionAround(scope) : scope;
      this.#scopes.bind(to, name, this.#bindingOf(node, binder, name));
      return;
    }
    if ((mode & places.bindType) !== 0) {
      this.#scopes.bindType(scope, name);
      return;
    }
    if (defined !== undefined) return;
    // What it is called here is no use of anything.
    if (imported === "alias") return;
    const push = (kind: ReferenceKind, member: number, on?: string, called = name): void => {
      this.#pending.push({ at, name: called, kind, scope, member, on });
    };
    if (imported === "name" || (mode & places.import) !== 0) {
      // Packages on the way to a name are no names of anything.
      const isPackage = /^[\p{Ll}_].*[^:][.\\]$/u.test(this.#text.slice(at, at + name.length + 1));
      if (!isPackage) push("import", noNode, "");
      return;
    }
    const parent = this.#flat.parent(node);
    const traits = parent === noNode ? 0 : (this.#rules.traits[this.#flat.type(parent)] as number);
    if ((traits & nodeTraits.tokens) !== 0) {
      const signs = around(this.#text, at, at + name.length);
      push(signs.isCall ? "call" : "value", noNode, signs.on ?? "");
      return;
    }
    const { kind, member, isSet } = this.#kindOf(node, place, mode, role);
    const infix = parent === noNode ? undefined : this.#rules.infixOf(this.#flat.type(parent));
    if (infix !== undefined && this.#numberOf(node, parent) === infix) {
      push("call", noNode, unknownReceiver);
      return;
    }
    // A member of something that is not told: a field of what is made, a designator.
    const on = role === roles.member && member === noNode ? unknownReceiver : undefined;
    push(kind, member, on);
    if (member !== noNode && kind === "value") this.#noteSet(name, at, member);
    if (isSet) push(kind, member, on, `${name}=`);
    if ((place & places.attribute) !== 0) push(kind, member, on, `${name}Attribute`);
  }

  /** "this.job = new Job()". */
  #noteSet(name: string, at: number, member: number): void {
    const whole = this.#flat.parent(member);
    const around = whole === noNode ? noNode : this.#flat.parent(whole);
    if (around === noNode || (this.#placeOf(whole, around) & places.set) === 0) return;
    const binding = this.#bindingOf(whole, whole, name);
    if (binding.typeNode >= 0 || binding.valueNode >= 0) {
      this.#sets.push({ name, at, member, binding });
    }
  }

  #numberOf(node: number, parent: number): number {
    let number = 0;
    for (let child = parent + 1; child < node; child = this.#flat.after(child)) {
      if (this.#rules.isNamed[this.#flat.type(child)] === 1) number += 1;
    }
    return number;
  }

  /** What the place of a name, or of what it is the name of, makes of it. */
  #kindOf(
    node: number,
    place: number,
    mode: number,
    role: number,
  ): { kind: ReferenceKind; member: number; isSet: boolean } {
    let at = node;
    let bits = place;
    let member = noNode;
    let around = noNode;
    let kind: ReferenceKind | undefined;
    let isSet = false;
    while (kind === undefined) {
      around = this.#flat.parent(at);
      const outer = around === noNode ? noNode : this.#flat.parent(around);
      if (member === noNode && (bits & places.member) !== 0) member = at;
      const next = outer === noNode ? 0 : this.#placeOf(around, outer);
      if ((bits & places.inherit) !== 0) kind = "inherit";
      else if ((bits & places.call) !== 0) {
        kind = "call";
        isSet = member !== noNode && (next & places.setter) !== 0;
      } else if (outer === noNode || (bits & (places.member | places.wrap)) === 0) break;
      at = around;
      bits = next;
    }
    if (kind === "inherit" || (kind !== "call" && this.#isInBases(around))) {
      return { kind: "inherit", member, isSet };
    }
    if (kind !== undefined) return { kind, member, isSet };
    const isType = (mode & places.type) !== 0 || role === roles.type;
    if (isType) return { kind: "type", member, isSet };
    return { kind: this.#ofValue(node, member), member, isSet };
  }

  /** Bases may be a list of arguments. */
  #isInBases(list: number): boolean {
    const { inherits, inheritCalls } = this.#rules.rules;
    if ((inherits === undefined && inheritCalls === undefined) || list === noNode) return false;
    const parent = this.#flat.parent(list);
    if (parent === noNode) return false;
    if (inheritCalls !== undefined && list > parent + 1) {
      const before = this.#text.slice(this.#flat.start(parent), this.#flat.start(list)).trim();
      if (inheritCalls.test(before)) return true;
    }
    return (this.#placeOf(list, parent) & places.inherit) !== 0;
  }

  #ofValue(node: number, member: number): ReferenceKind {
    const { bareCalls, constructors } = this.#rules.rules;
    if (bareCalls === undefined) return "value";
    const end = this.#flat.end(node);
    if (constructors !== undefined && this.#text.startsWith(`.${constructors}`, end)) return "call";
    const start = this.#flat.start(node);
    return member === noNode && bareCalls.test(this.#text.slice(start, end)) ? "call" : "value";
  }

  #bindingOf(node: number, binder: number, name: string): Binding {
    const flat = this.#flat;
    const found: Binding = {
      typeNode: -1,
      valueNode: -1,
      isElement: false,
      member: "",
      lambda: -1,
      parameter: -1,
    };
    const isWhole = this.#isWhole(node, binder);
    let around = flat.parent(binder);
    for (let step = 0; step < 2 && around !== noNode && found.typeNode < 0; step += 1) {
      const end = flat.after(around);
      for (let child = around + 1; child < end; child = flat.after(child)) {
        const bits = this.#placeOf(child, around);
        if (child === binder) continue;
        if ((bits & places.typeOf) !== 0 && isWhole) found.typeNode = child;
        else if ((bits & (places.valueOf | places.elementOf)) !== 0 && found.valueNode < 0) {
          found.valueNode = child;
          found.isElement = (bits & places.elementOf) !== 0;
        }
      }
      if (found.valueNode >= 0) break;
      around = flat.parent(around);
    }
    if (!isWhole) found.member = name;
    if (found.typeNode < 0 && found.valueNode < 0) this.#bindToArgument(found, node);
    return found;
  }

  /** "each((one) => …)": what it is depends on what is called. */
  #bindToArgument(found: Binding, node: number): void {
    const flat = this.#flat;
    let at = node;
    let parameter = 0;
    for (let step = 0; step < deepestPattern; step += 1) {
      const parent = flat.parent(at);
      if (parent === noNode) return;
      const isLambda =
        ((this.#rules.traits[flat.type(parent)] as number) & nodeTraits.lambda) !== 0;
      if (isLambda) {
        found.lambda = parent;
        found.parameter = parameter;
        return;
      }
      parameter = this.#numberOf(at, parent);
      at = parent;
    }
  }

  /** Whether a pattern is this one name: "*p" is, "{ a, b }" is not. */
  #isWhole(node: number, binder: number): boolean {
    const isFirst = this.#rules.rules.firstOfList === true;
    for (let at = node; at !== binder; at = this.#flat.parent(at)) {
      const parent = this.#flat.parent(at);
      const isAlone = this.#flat.after(at) === this.#flat.after(parent);
      if (this.#numberOf(at, parent) > 0 || !(isAlone || isFirst)) return false;
    }
    return true;
  }

  /** Names in a text without a structure. */
  #read(node: number, role: number, mode: number, scope: number): void {
    if (role === roles.rawType && (mode & places.type) === 0) return;
    const start = this.#flat.start(node);
    if (this.#known.definitionAt(start) !== undefined) return;
    const text = this.#text.slice(start, this.#flat.end(node));
    if (text.length > longestRaw) return;
    for (const { 0: name, index } of text.matchAll(word)) {
      if (this.#rules.rules.noNames?.has(name) === true) continue;
      const at = start + index;
      const { isCall, on } = around(this.#text, at, at + name.length);
      const kind = role === roles.rawType ? "type" : isCall ? "call" : "value";
      this.#pending.push({ at, name, kind, scope, member: noNode, on: on ?? "" });
    }
  }
}

const longestRaw = 4000;
/** From a parameter to its function. */
const deepestPattern = 4;
