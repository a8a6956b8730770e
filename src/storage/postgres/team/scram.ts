/*
 * A password as the server keeps it (SCRAM-SHA-256, RFC 5802 and 7677): worked out here, so that the password itself is in no
 * statement, and so in no log of the server.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

const iterations = 4096;
const saltBytes = 16;
/** Without those that are read for another. */
const letters = "abcdefghijkmnpqrstuvwxyz23456789";
const passwordLength = 26;

/** 130 random bits. */
export function newPassword(): string {
  return Array.from(randomBytes(passwordLength), (byte) => letters[byte % letters.length]).join("");
}

/** @param password of printable ASCII, which is the same before and after SASLprep */
export function scramVerifier(password: string, salt = randomBytes(saltBytes)): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  const key = (name: string): Buffer => createHmac("sha256", salted).update(name).digest();
  const stored = createHash("sha256").update(key("Client Key")).digest();
  const parts = [stored, key("Server Key")].map((bytes) => bytes.toString("base64")).join(":");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${parts}`;
}
