/* Arguments made up from a JSON Schema: mostly as it says, now and then not. The same seed makes the same. */

export interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  maxItems?: number;
}

const texts = [
  "retry",
  "src/retry.ts",
  "src/retry.ts:1-3",
  "src/retry.ts#retry",
  "",
  " ",
  "*",
  "**",
  "../..",
  "/etc/passwd",
  "a\0b",
  "lang:python",
  "path:src kind:function -test x",
  "kind:nonsense x",
  '"unclosed AND (',
  "NEAR(a b)",
  "'; DROP TABLE chunks; --",
  "%00%2e%2e",
  "\ud800",
  "\u202eabc\u200b",
  "你好 größe 👍🏽",
  "2026-01-01",
  "2026-13-45T99:99:99Z",
  "-271821-04-20T00:00:00Z",
  "job-00000000",
  "m_none",
  "MTAuYWJj",
  "999999.000000000000",
  "__proto__",
  "constructor",
  "x".repeat(1500),
  "{{template}} $x $(id)",
  "\n\n\n",
  "[".repeat(200),
  "(a+)+$",
];

const odd: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1e308,
  "text",
  [],
  {},
  [[]],
  { __proto__: 1 },
  Number.MAX_SAFE_INTEGER,
];

/** @param next numbers from 0 to 1 @param strange how often a value is of the wrong kind, 0 to 1 */
export function fromSchema(schema: Schema, next: () => number, strange: number): unknown {
  if (next() < strange) return pick(odd, next);
  if (schema.enum !== undefined) return pick(schema.enum, next);
  switch (schema.type) {
    case "object": {
      const result: Record<string, unknown> = {};
      for (const [name, inner] of Object.entries(schema.properties ?? {})) {
        const isWanted = schema.required?.includes(name) === true ? next() > strange : next() < 0.4;
        if (isWanted) result[name] = fromSchema(inner, next, strange);
      }
      if (next() < strange) result.surprise = pick(odd, next);
      return result;
    }
    case "array":
      return Array.from({ length: Math.floor(next() * Math.min(4, schema.maxItems ?? 4)) }, () =>
        fromSchema(schema.items ?? {}, next, strange),
      );
    case "integer":
    case "number": {
      const low = schema.minimum ?? 0;
      const high = Math.min(schema.maximum ?? 100, 100_000);
      const value = pick([low, high, low + next() * (high - low)], next);
      return schema.type === "integer" ? Math.floor(value) : value;
    }
    case "boolean":
      return next() < 0.5;
    default:
      return pick(texts, next).slice(0, schema.maxLength ?? 2000);
  }
}

function pick<T>(from: readonly T[], next: () => number): T {
  return from[Math.floor(next() * from.length)] as T;
}
