/*
 * How many bytes a value takes in memory, as an estimate from above for plain data: what V8 on 64 bits
 * without pointer compression needs, every string counted with two bytes a character (texts outside
 * Latin-1 have that, others half of it) and every shared part as often as it is pointed to.
 */

const word = 8;
/** Header, map, elements and properties of an object. */
const objectHeader = 4 * word;
const stringHeader = 2 * word;
/** The view, its buffer, and the buffer's store outside the heap. */
const typedArrayHeader = 25 * word;

/** Bytes of plain data: texts, numbers, arrays, records, typed arrays. Must have no cycle. */
export function weigh(value: unknown): number {
  switch (typeof value) {
    case "string":
      return weighText(value);
    case "number":
      return 2 * word;
    case "object":
      break;
    default:
      return word;
  }
  if (value === null) return word;
  if (ArrayBuffer.isView(value)) return typedArrayHeader + value.byteLength;
  if (Array.isArray(value)) {
    return value.reduce((sum: number, one) => sum + word + weigh(one), objectHeader + 2 * word);
  }
  let sum = objectHeader;
  for (const one of Object.values(value)) sum += word + weigh(one);
  return sum;
}

/** Bytes of a text. */
export function weighText(text: string): number {
  return stringHeader + 2 * text.length;
}
