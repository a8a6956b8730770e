/* A syntax tree as lists of numbers, in the order of the text: what is asked of it costs no call into the parser. */
import type { Tree } from "web-tree-sitter";

/** The root has no parent. */
export const noNode = -1;

/** A node is its place in the lists: before what it holds, and those before what comes after it. */
export class FlatTree {
  count = 0;
  #type = new Uint16Array(1024);
  #field = new Uint16Array(1024);
  #start = new Int32Array(1024);
  #end = new Int32Array(1024);
  #parent = new Int32Array(1024);
  /** The first node behind what it holds. */
  #after = new Int32Array(1024);

  type(node: number): number {
    return this.#type[node] as number;
  }

  /** The field of its parent that it fills; 0 for none. */
  field(node: number): number {
    return this.#field[node] as number;
  }

  /** Where its first leaf begins. */
  start(node: number): number {
    let leaf = node;
    while ((this.#after[leaf] as number) > leaf + 1) leaf += 1;
    return this.#start[leaf] as number;
  }

  /** Where its last leaf ends. */
  end(node: number): number {
    return this.#end[(this.#after[node] as number) - 1] as number;
  }

  parent(node: number): number {
    return this.#parent[node] as number;
  }

  after(node: number): number {
    return this.#after[node] as number;
  }

  /** The first child that fills a field. */
  childIn(node: number, field: number): number {
    const end = this.after(node);
    for (let child = node + 1; child < end; child = this.after(child)) {
      if (this.#field[child] === field) return child;
    }
    return noNode;
  }

  add(type: number, field: number, parent: number): number {
    if (this.count === this.#type.length) this.#grow();
    const node = this.count++;
    this.#type[node] = type;
    this.#field[node] = field;
    this.#parent[node] = parent;
    return node;
  }

  /** Only leaves have places of their own: each question to the parser costs. */
  place(leaf: number, start: number, end: number): void {
    this.#start[leaf] = start;
    this.#end[leaf] = end;
    this.#after[leaf] = leaf + 1;
  }

  close(node: number): void {
    this.#after[node] = this.count;
  }

  #grow(): void {
    const size = this.#type.length * 2;
    this.#type = larger(this.#type, new Uint16Array(size));
    this.#field = larger(this.#field, new Uint16Array(size));
    this.#start = larger(this.#start, new Int32Array(size));
    this.#end = larger(this.#end, new Int32Array(size));
    this.#parent = larger(this.#parent, new Int32Array(size));
    this.#after = larger(this.#after, new Int32Array(size));
  }
}

function larger<List extends Uint16Array | Int32Array>(from: List, to: List): List {
  to.set(from);
  return to;
}

/**
 * Reads a tree. `hasFields` says of which nodes the fields of their children matter. `isOver` is asked now and then:
 * when it says so, what was read by then is the answer.
 */
export function flatten(
  tree: Tree,
  hasFields: (type: number) => boolean,
  isOver: () => boolean = () => false,
): FlatTree {
  const flat = new FlatTree();
  const cursor = tree.walk();
  let parent = noNode;
  try {
    for (let steps = 1; ; steps += 1) {
      if (steps % stepsPerLook === 0 && isOver()) break;
      const isAsked = parent !== noNode && hasFields(flat.type(parent));
      const node = flat.add(cursor.nodeTypeId, isAsked ? cursor.currentFieldId : 0, parent);
      if (cursor.gotoFirstChild()) {
        parent = node;
        continue;
      }
      flat.place(node, cursor.startIndex, cursor.endIndex);
      let isMore = cursor.gotoNextSibling();
      while (!isMore && cursor.gotoParent()) {
        flat.close(parent);
        parent = flat.parent(parent);
        isMore = cursor.gotoNextSibling();
      }
      if (!isMore) break;
    }
    for (; parent !== noNode; parent = flat.parent(parent)) flat.close(parent);
    return flat;
  } finally {
    cursor.delete();
  }
}

const stepsPerLook = 2048;
