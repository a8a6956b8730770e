/* Writes SCIP indexes: protocol buffers by hand, so that what is wrong with them can be said. */

export interface MadeOccurrence {
  range: readonly number[];
  symbol: string;
  roles?: number;
  /** As a message of its own, as newer indexers write it. */
  typed?: boolean;
}

export interface MadeSymbol {
  symbol: string;
  implements?: readonly string[];
}

export interface MadeDocument {
  path: string;
  occurrences?: readonly MadeOccurrence[];
  symbols?: readonly MadeSymbol[];
  encoding?: number;
  text?: string;
}

export function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  while (rest >= 128n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

export function numberField(field: number, value: number | bigint): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

export function bytesField(field: number, value: Buffer | string): Buffer {
  const bytes = Buffer.from(value as Buffer);
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

export function metadata(projectRoot = "file:///nowhere", tool = "test-indexer"): Buffer {
  const toolInfo = Buffer.concat([bytesField(1, tool), bytesField(2, "1.2.3")]);
  return bytesField(
    1,
    Buffer.concat([bytesField(2, toolInfo), bytesField(3, projectRoot), numberField(4, 1)]),
  );
}

export function documentField(made: MadeDocument): Buffer {
  const { path, occurrences = [], symbols = [], encoding, text } = made;
  return bytesField(
    2,
    Buffer.concat([
      bytesField(4, "TypeScript"),
      ...occurrences.map((one) => bytesField(2, occurrence(one))),
      ...symbols.map((one) => bytesField(3, symbolInformation(one))),
      ...(text === undefined ? [] : [bytesField(5, text)]),
      ...(encoding === undefined ? [] : [numberField(6, encoding)]),
      bytesField(1, path),
    ]),
  );
}

export function occurrence({ range, symbol, roles = 0, typed = false }: MadeOccurrence): Buffer {
  const place = typed
    ? bytesField(
        range.length === 3 ? 8 : 9,
        Buffer.concat(range.map((value, at) => numberField(at + 1, value))),
      )
    : bytesField(1, Buffer.concat(range.map(varint)));
  const role = roles === 0 ? Buffer.alloc(0) : numberField(3, roles);
  return Buffer.concat([place, bytesField(2, symbol), role]);
}

function symbolInformation({ symbol, implements: heirs = [] }: MadeSymbol): Buffer {
  return Buffer.concat([
    bytesField(1, symbol),
    bytesField(3, "```ts\nsome documentation\n```"),
    ...heirs.map((one) => bytesField(4, Buffer.concat([bytesField(1, one), numberField(3, 1)]))),
  ]);
}

export function scipBytes(documents: readonly MadeDocument[], projectRoot?: string): Buffer {
  return Buffer.concat([metadata(projectRoot), ...documents.map(documentField)]);
}

/** A symbol of the package "pkg": descriptors as SCIP writes them. */
export function symbolOf(descriptors: string, version = "1.0.0"): string {
  return `test npm pkg ${version} ${descriptors}`;
}

/**
 * A document of a text: each `«name descriptors»` mark says that the name is a use of the symbol, `«=name descriptors»`
 * that it is defined there. @returns the text without marks, and the document
 */
export function marked(path: string, source: string): { text: string; document: MadeDocument } {
  const occurrences: MadeOccurrence[] = [];
  const text = source
    .split("\n")
    .map((line, number) => {
      let plain = "";
      let at = 0;
      for (const mark of line.matchAll(/«(=?)(\S+) ([^»]+)»/gu)) {
        plain += line.slice(at, mark.index);
        const [whole, isDefined, name = "", descriptors = ""] = mark;
        const range = [number, plain.length, plain.length + name.length];
        occurrences.push({
          range,
          symbol: symbolOf(descriptors),
          roles: isDefined === "=" ? 1 : 8,
        });
        plain += name;
        at = mark.index + whole.length;
      }
      return plain + line.slice(at);
    })
    .join("\n");
  return { text, document: { path, occurrences } };
}
