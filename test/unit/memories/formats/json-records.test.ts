/** However the JSON of an export is laid out, each record is found or named (reports: lists, BOM, glued lines). */
import { expect, it } from "vitest";
import { JsonRecords } from "../../../../src/memories/formats/json-records.ts";
import { seededRandom } from "../../../helpers/random.ts";

/** What is found in a text that comes in pieces of so many characters. */
function found(text: string, size: number): string[] {
  const records = new JsonRecords();
  const all = [];
  for (let at = 0; at < text.length; at += size)
    all.push(...records.push(text.slice(at, at + size)));
  all.push(...records.end());
  return all.map((one) =>
    "reason" in one
      ? `${one.line} refused`
      : `${one.line} ${JSON.stringify(JSON.parse(one.text))}${one.list === undefined ? "" : ` in ${one.list}`}`,
  );
}

const records = [{ a: 1 }, { b: 'x"}{[' }, { c: [{ d: null }], e: "\n" }];
const texts = records.map((one) => JSON.stringify(one));
const [a, b, c] = texts as [string, string, string];

const layouts: [string, string, string[]][] = [
  ["one a line", `${texts.join("\n")}\n`, [`1 ${a}`, `2 ${b}`, `3 ${c}`]],
  ["with CRLF", texts.join("\r\n"), [`1 ${a}`, `2 ${b}`, `3 ${c}`]],
  ["with a mark", `\ufeff${texts.join("\n")}`, [`1 ${a}`, `2 ${b}`, `3 ${c}`]],
  ["glued", texts.join(""), [`1 ${a}`, `1 ${b}`, `1 ${c}`]],
  ["in a list", JSON.stringify(records), [`1 ${a}`, `1 ${b}`, `1 ${c}`]],
  ["over lines", JSON.stringify(records, null, 2), [`2 ${a}`, `5 ${b}`, `8 ${c}`]],
  ["two lists", `[${a}]\n[${b}]`, [`1 ${a}`, `2 ${b}`]],
  ["after record signs", `\u001e${a}\n\u001e${b}\n`, [`1 ${a}`, `2 ${b}`]],
  [
    "in a member",
    JSON.stringify({ info: { n: [1, {}] }, memories: records, more: [{}] }),
    [`1 ${a} in memories`, `1 ${b} in memories`, `1 ${c} in memories`],
  ],
  [
    "in two members",
    JSON.stringify({ entities: [records[0]], relations: [records[1]] }, null, 1),
    [`3 ${a} in entities`, `8 ${b} in relations`],
  ],
  [
    "a record with lists",
    '{"content":"x","items":[{"y":1}]}',
    ['1 {"content":"x","items":[{"y":1}]}'],
  ],
  ["nothing", " \n\r\n", []],
  ["an empty list", "[]", []],
];

const broken: [string, string, string[]][] = [
  ["a line of words", `${a}\nnot json at all\n${b}`, [`1 ${a}`, "2 refused", `3 ${b}`]],
  ["a line cut in a text", `{"t":"abc\n${a}\n${b}`, ["1 refused", `2 ${a}`, `3 ${b}`]],
  ["a line cut after a value", `{"t":"abc"\n${a}\n${b}`, ["1 refused", `2 ${a}`, `3 ${b}`]],
  ["a line cut after a name", `{"t":\n${a}\n${b}`, ["1 refused", `2 ${a}`, `3 ${b}`]],
  ["the last line cut", `${a}\n{"t":"ab`, [`1 ${a}`, "2 refused"]],
  ["a list cut", `[${a},${b},{"c":`, [`1 ${a}`, `1 ${b}`, "1 refused", "1 refused"]],
  ["a list without its end", `[${a},\n${b}`, [`1 ${a}`, `2 ${b}`, "2 refused"]],
  ["in a list over lines", `[\n ${a},\n {"b":x y},\n ${b}\n]`, [`2 ${a}`, "3 refused", `4 ${b}`]],
  ["numbers and signs", `1\n]\n}\n,\n${a}`, ["1 refused", "2 refused", "3 refused", `5 ${a}`]],
];

it.each([...layouts, ...broken])("finds records %s", (_, text, expected) => {
  for (const size of [1_000_000, 7, 1]) expect(found(text, size)).toEqual(expected);
});

it("says the same whatever the pieces are, and never stands still", () => {
  const random = seededRandom(11);
  const signs = [
    '{"',
    '"',
    '":',
    ":",
    ",",
    "{",
    "}",
    "[",
    "]",
    "\n",
    " ",
    "1",
    "true",
    "\\",
    "memories",
  ];
  for (let round = 0; round < 2_000; round++) {
    let text = "";
    for (let i = 0; i < 30; i++) text += signs[Math.floor(random() * signs.length)];
    const shape = (size: number): string[] => {
      const records = new JsonRecords();
      const all = [];
      for (let at = 0; at < text.length; at += size) {
        all.push(...records.push(text.slice(at, at + size)));
      }
      return [...all, ...records.end()].map((one) =>
        "reason" in one ? `${one.line} refused` : `${one.line} ${one.text}`,
      );
    };
    expect(shape(1), text).toEqual(shape(1_000));
  }
});

it("reads many megabytes without holding them, and deep ones in bounded time", () => {
  const one = `${JSON.stringify({ content: "some text that somebody wrote" })},`;
  const records = new JsonRecords();
  let count = records.push("[").length;
  for (let i = 0; i < 200; i++) count += records.push(one.repeat(1_000)).length;
  count += records.push("{}]").length + records.end().length;
  expect(count).toBe(200_001);
  for (const unit of ['{"a":\n', "{\n", '{"a":', "[\n", '"a\n']) {
    const deep = new JsonRecords();
    deep.push(unit.repeat(50_000));
    expect(deep.end().length).toBeGreaterThanOrEqual(0);
  }
}, 120_000);
