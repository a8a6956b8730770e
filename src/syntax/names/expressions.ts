/*
 * What a use hangs on, in few letters. A name is a name that is none of a local; ":T;" is a value of a type,
 * as it is written; ".m" is what something has, "()" what it gives when called, "[]" one of its elements;
 * "this" is the object whose method it stands in, "super" the one above it; "?" is everything else.
 */
import { type FlatTree, noNode } from "./flat-tree.ts";
import { type CompiledRules, nodeTraits, places, roles } from "./rules.ts";
import type { Binding, Scopes } from "./scopes.ts";

export const unknownReceiver = "?";

/** Longer ones are of no use to anyone who resolves them. */
const longest = 100;
/** Steps from a local to what it was made of. */
const deepest = 12;

export class Expressions {
  readonly #flat: FlatTree;
  readonly #rules: CompiledRules;
  readonly #text: string;
  readonly #scopes: Scopes;
  readonly #scopeOf: Uint32Array;

  constructor(
    flat: FlatTree,
    rules: CompiledRules,
    text: string,
    scopes: Scopes,
    scopeOf: Uint32Array,
  ) {
    this.#flat = flat;
    this.#rules = rules;
    this.#text = text;
    this.#scopes = scopes;
    this.#scopeOf = scopeOf;
  }

  /** Of a name in a member expression; "" where it has none. */
  receiver(name: number): string {
    const flat = this.#flat;
    let member = flat.parent(name);
    let field = this.#rules.receiverOf(flat.type(member));
    const outer = this.#rules.outerOf(flat.type(member));
    if (outer !== undefined) {
      while (member !== noNode && flat.type(member) !== outer.type) member = flat.parent(member);
      field = outer.field;
    }
    // The first of a pair whose second names its member.
    if (field === undefined && this.#rules.rules.quotedPairs !== undefined) {
      const first = member + 1 < name ? member + 1 : noNode;
      return this.#ofPair(first, name);
    }
    if (field === undefined || member === noNode) return unknownReceiver;
    const node = this.#child(member, field);
    if (node === noNode || node === name) return "";
    // A sign in its place: "::run".
    if (this.#rules.isNamed[flat.type(node)] === 0 && flat.after(node) === node + 1) {
      const traits = this.#rules.traits[flat.type(node)] as number;
      if ((traits & (nodeTraits.self | nodeTraits.super)) === 0) return "";
    }
    return this.of(node, deepest);
  }

  /** Of something by what is bound to it. */
  ofBound(binding: Binding): string {
    const found = this.#ofBinding(binding, deepest);
    return found.length > longest || found.includes(unknownReceiver) ? unknownReceiver : found;
  }

  #ofPair(start: number, until: number): string {
    for (let node = start; node >= 0 && node < until; node = this.#flat.after(node)) {
      if (this.#rules.isNamed[this.#flat.type(node)] === 1) return this.of(node + 1, deepest);
    }
    return unknownReceiver;
  }

  of(node: number, depth: number): string {
    const found = this.#of(node, depth);
    return found.length > longest || found.includes(unknownReceiver) ? unknownReceiver : found;
  }

  #of(node: number, depth: number): string {
    if (depth === 0) return unknownReceiver;
    const flat = this.#flat;
    const rules = this.#rules;
    const type = flat.type(node);
    const traits = rules.traits[type] as number;
    if ((traits & nodeTraits.self) !== 0) return "this";
    if ((traits & nodeTraits.super) !== 0) return "super";
    const role = rules.role[type] as number;
    const isLeaf = flat.after(node) === node + 1;
    if ((traits & nodeTraits.pathWord) !== 0 || role === roles.path) return this.#path(node);
    if (role === roles.variable || (role !== 0 && role < roles.raw && isLeaf)) {
      return this.#ofName(node, depth);
    }
    const whole = rules.subscriptOf(type);
    if (whole !== undefined) {
      const inner = this.#child(node, whole);
      return inner === noNode ? unknownReceiver : `${this.#of(inner, depth - 1)}[]`;
    }
    const target = rules.suffixOf(type);
    if (target !== undefined) {
      const inner = this.#child(node, target);
      if (inner === noNode) return unknownReceiver;
      const suffix = this.#text.slice(flat.end(inner), flat.end(node)).replace(/^[?!]+/, "");
      return `${this.#of(inner, depth - 1)}${suffix}`;
    }
    const cast = rules.castOf(type);
    if (cast !== undefined) {
      const written = this.#child(node, cast);
      return written === noNode ? unknownReceiver : this.#typeText(written);
    }
    // What is called, and what stands for the node it is in.
    let name = noNode;
    let isCalled = false;
    for (let child = node + 1; child < flat.after(node); child = flat.after(child)) {
      const bits = rules.placeOf(
        type,
        flat.field(child),
        child === node + 1,
        flat.after(child) === flat.after(node),
      );
      if ((bits & places.call) !== 0) isCalled = true;
      if ((bits & places.member) !== 0) name = child;
      else if ((bits & (places.call | places.wrap)) !== 0 && name === noNode) {
        if ((rules.isNamed[flat.type(child)] as number) === 0) continue;
        const inner = this.#of(child, depth - 1);
        if (inner === "super") return inner;
        return isCalled ? `${inner}()` : inner;
      }
    }
    if (name === noNode) return unknownReceiver;
    const member = this.#text.slice(flat.start(name), flat.end(name));
    const field = rules.receiverOf(type);
    const on = field === undefined ? noNode : this.#child(node, field);
    const end = isCalled ? "()" : "";
    if (on === noNode || on === name) return `${member}${end}`;
    return `${this.#of(on, depth - 1)}.${member}${end}`;
  }

  #ofName(node: number, depth: number): string {
    const name = this.#text.slice(this.#flat.start(node), this.#flat.end(node));
    const { selfNames, superNames } = this.#rules.rules;
    if (selfNames?.includes(name) === true) return "this";
    if (superNames?.includes(name) === true) return "super";
    const binding = this.#scopes.find(this.#scopeOf[node] as number, name);
    if (binding === undefined) return name.startsWith("$") ? unknownReceiver : name;
    return this.#ofBinding(binding, depth - 1);
  }

  #ofBinding(binding: Binding, depth: number): string {
    const { typeNode, valueNode, isElement, member } = binding;
    const type = typeNode < 0 ? unknownReceiver : this.#typeText(typeNode);
    if (type !== unknownReceiver) return type;
    if (binding.lambda >= 0) {
      const given = this.#ofArgument(binding.lambda, binding.parameter, depth);
      return member === "" ? given : `${given}.${member}`;
    }
    if (valueNode < 0) return unknownReceiver;
    const value = this.#of(valueNode, depth);
    return `${value}${isElement ? "[]" : ""}${member === "" ? "" : `.${member}`}`;
  }

  /** "f(1,0)": the first parameter of a function that f takes in the second place. */
  #ofArgument(lambda: number, parameter: number, depth: number): string {
    const flat = this.#flat;
    const list = flat.parent(lambda);
    if (
      list === noNode ||
      ((this.#rules.traits[flat.type(list)] as number) & nodeTraits.argumentList) === 0
    ) {
      return unknownReceiver;
    }
    let number = 0;
    for (let child = list + 1; child < lambda; child = flat.after(child)) {
      if (this.#rules.isNamed[flat.type(child)] === 1) number += 1;
    }
    const call = this.#of(flat.parent(list), depth - 1);
    if (!call.endsWith("()")) return unknownReceiver;
    return `${call.slice(0, -2)}(${number},${parameter})`;
  }

  #path(node: number): string {
    const written = this.#text.slice(this.#flat.start(node), this.#flat.end(node));
    return written
      .replace(/\s/g, "")
      .replace(/[\\/]|::/g, ".")
      .replace(/^\.|\.$/g, "");
  }

  #typeText(node: number): string {
    const { start, end } = { start: this.#flat.start(node), end: this.#flat.end(node) };
    const written = this.#text.slice(start, Math.min(end, start + longest));
    const type = written.replace(/^:\s*/, "").replace(/\s+/g, " ").trim();
    // What a local is declared with, and is no type.
    if (type === "" || noType.test(type)) return unknownReceiver;
    return `:${type.replaceAll(unknownReceiver, "|null").replaceAll(";", ",")};`;
  }

  #child(node: number, field: number): number {
    const flat = this.#flat;
    if (!this.#rules.isFirstChild(field) && !this.#rules.isLastChild(field)) {
      return flat.childIn(node, field);
    }
    if (this.#rules.isFirstChild(field)) return node + 1 < flat.after(node) ? node + 1 : noNode;
    let last = noNode;
    for (let child = node + 1; child < flat.after(node); child = flat.after(child)) last = child;
    return last;
  }
}

const noType = /^(var|val|let|auto|any|unknown|object|dynamic)$/;
