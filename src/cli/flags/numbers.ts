/* Numbers and sizes as flags have them. */
import { InvalidArgumentError } from "commander";
import { parseSize } from "../../config/options/values.ts";

/** Reads a whole number in a range. */
export function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= low && value <= high && text.trim() !== "") {
      return value;
    }
    throw new InvalidArgumentError(`Expected a whole number from ${low} to ${high}.`);
  };
}

/** Reads "40MB", "512 kB" or plain bytes, above 0. */
export function byteSize(text: string): number {
  const value = parseSize(text);
  if (value !== undefined && value > 0) return value;
  throw new InvalidArgumentError('Expected a size such as "1MB", "512kB" or a number of bytes.');
}
