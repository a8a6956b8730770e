import { randomBytes } from "node:crypto";

const letters = "0123456789abcdefghjkmnpqrstvwxyz";

/** A new id: 16 letters and digits, 80 random bits. */
export function newKey(): string {
  return Array.from(randomBytes(16), (byte) => letters[byte & 31]).join("");
}
