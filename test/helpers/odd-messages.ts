/* Input that is no proper request, and what it is answered with: the same over every channel. */

export interface OddMessage {
  name: string;
  /** A line without its end, or a body. */
  bytes: Uint8Array;
  /** Undefined: it is answered as the ping that it is. */
  code?: number;
  id: string | number | null;
  says?: RegExp;
}

const of = (text: string): Uint8Array => Buffer.from(text, "utf8");
const ping = (id: string, more = ""): string =>
  `{"jsonrpc":"2.0","id":${id},"method":"ping"${more}}`;
const parse = -32700;
const invalid = -32600;

export const oddMessages: readonly OddMessage[] = [
  { name: "no JSON", bytes: of("not json"), code: parse, id: null, says: /no JSON: "not json"/u },
  { name: "half a message", bytes: of('{"jsonrpc":"2.0","id":1,"met'), code: parse, id: null },
  { name: "two in one", bytes: of(`${ping("1")}${ping("2")}`), code: parse, id: null },
  { name: "deep and open", bytes: of("[".repeat(50_000)), code: parse, id: null },
  {
    name: "no UTF-8",
    bytes: Buffer.concat([
      of('{"jsonrpc":"2.0","id":"u","method":"ping","params":{"a":"'),
      Buffer.from([0xff, 0xfe]),
      of('"}}'),
    ]),
    code: parse,
    id: "u",
    says: /not UTF-8/u,
  },
  { name: "a number", bytes: of("5"), code: invalid, id: null },
  { name: "null", bytes: of("null"), code: invalid, id: null },
  { name: "a string", bytes: of('"ping"'), code: invalid, id: null },
  { name: "an empty batch", bytes: of("[]"), code: invalid, id: null },
  { name: "an empty object", bytes: of("{}"), code: invalid, id: null },
  {
    name: "another JSON-RPC",
    bytes: of('{"jsonrpc":"1.0","id":9,"method":"ping"}'),
    code: invalid,
    id: 9,
  },
  { name: "no JSON-RPC", bytes: of('{"id":"x","method":"ping"}'), code: invalid, id: "x" },
  {
    name: "no method",
    bytes: of('{"jsonrpc":"2.0","id":8}'),
    code: invalid,
    id: 8,
    says: /a method/u,
  },
  { name: "a method of 5", bytes: of('{"jsonrpc":"2.0","id":7,"method":5}'), code: invalid, id: 7 },
  {
    name: "params in a list",
    bytes: of(ping("6", ',"params":[1]')),
    code: invalid,
    id: 6,
    says: /params/u,
  },
  { name: "the id 1.5", bytes: of(ping("1.5")), code: invalid, id: 1.5, says: /but got 1\.5/u },
  {
    name: "the id 2^53+2",
    bytes: of(ping("9007199254740994")),
    code: invalid,
    id: 9_007_199_254_740_994,
  },
  { name: "the id 1e400", bytes: of(ping("1e400")), code: invalid, id: Number.POSITIVE_INFINITY },
  { name: "the id null", bytes: of(ping("null")), code: invalid, id: null },
  { name: "the id true", bytes: of(ping("true")), code: invalid, id: null },
  { name: "an id that is an object", bytes: of(ping('{"a":1}')), code: invalid, id: null },
  {
    name: "too deep",
    bytes: of(ping('"deep"', `,"params":{"a":${"[".repeat(200)}${"]".repeat(200)}}`)),
    code: invalid,
    id: "deep",
    says: /deeper than 128 levels/u,
  },
  { name: "a byte order mark", bytes: of(`\ufeff${ping("61")}`), id: 61 },
  { name: "white space and CRLF", bytes: of(`\t ${ping("62")} \r`), id: 62 },
  { name: "params of null", bytes: of(ping("63", ',"params":null')), id: 63 },
  {
    name: "null for what may be left out",
    bytes: of(ping("64", ',"params":{"_meta":null,"a":{"b":null}}')),
    id: 64,
  },
  { name: "more than JSON-RPC knows", bytes: of(ping("65", ',"extra":1')), id: 65 },
  { name: "the largest id", bytes: of(ping("9007199254740991")), id: 9_007_199_254_740_991 },
  { name: "the smallest id", bytes: of(ping("-9007199254740991")), id: -9_007_199_254_740_991 },
];

/** Entries of every kind, and the ids and codes of the answers that a protocol with batches gives. */
export const mixedBatch = {
  text: `[${ping("50")},${ping('"b"')},{"jsonrpc":"2.0","method":"notifications/x"},7,${ping("1.5")},${ping("50")},{"jsonrpc":"2.0","id":51,"method":"initialize","params":{}}]`,
  answers: [
    [50, undefined],
    ["b", undefined],
    [null, invalid],
    [1.5, invalid],
    [50, invalid],
    [51, invalid],
  ] as readonly (readonly [unknown, number | undefined])[],
};
