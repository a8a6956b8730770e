/**
 * Which texts hold a secret (reports: keys of payment, code and model services, key=value and "password: …" were
 * kept; placeholders and names of branches were refused). Tokens are put together here, so that no scanner takes
 * this file for a leak.
 */
import { describe, expect, it } from "vitest";
import { HaypileError } from "../../../../src/base/errors.ts";
import { credentialIn, refuseCredentials } from "../../../../src/memories/secrets/credentials.ts";

const j = (...parts: string[]): string => parts.join("");
const mixed = (length: number): string =>
  "aB3dE5gH7jK9mN1pQ2sT4vW6xY8z".repeat(20).slice(0, length);
const hex = (length: number): string =>
  "0f1e2d3c4b5a69788796a5b4c3d2e1f0".repeat(10).slice(0, length);

const tokens: string[] = [
  j("AK", "IA", "ABCDEFGHIJKLMNOP"),
  j("gh", "p_", mixed(36)),
  j("gh", "s_", mixed(36)),
  j("github", "_pat_", mixed(22), "_", mixed(59)),
  j("glp", "at-", mixed(20)),
  j("gl", "rt-", mixed(20)),
  j("np", "m_", mixed(36)),
  j("py", "pi-AgEIcHlwaS5vcmc", mixed(60)),
  j("rubygems", "_", hex(48)),
  j("dckr", "_pat_", mixed(27)),
  j("sk", "_live_", mixed(24)),
  j("rk", "_test_", mixed(24)),
  j("wh", "sec_", mixed(32)),
  j("h", "f_", mixed(34)),
  j("s", "k-", mixed(48)),
  j("s", "k-proj-", mixed(60)),
  j("s", "k-ant-api03-", mixed(93)),
  j("gs", "k_", mixed(52)),
  j("xo", "xb-123456789012-1234567890123-", mixed(24)),
  j("https://hooks.sl", "ack.com/services/T01234567/B01234567/", mixed(24)),
  j("https://disc", "ord.com/api/webhooks/123456789012345678/", mixed(68)),
  j("S", "G.", mixed(22), ".", mixed(43)),
  j("key", "-", hex(32)),
  j("S", "K", hex(32)),
  j("AI", "za", mixed(35)),
  j("GOC", "SPX-", mixed(28)),
  j("ya", "29.", mixed(60)),
  j("dop", "_v1_", hex(64)),
  j("hv", "s.", mixed(90)),
  j("da", "pi", hex(32)),
  j("gl", "sa_", mixed(32), "_", hex(8)),
  j("NR", "AK-", "ABCDEFGHIJKLMNOPQRSTUVWXYZ1"),
  j("shp", "at_", hex(32)),
  j("lin", "_api_", mixed(40)),
  j("nt", "n_", mixed(46)),
  j("fi", "gd_", mixed(43)),
  j("AGE-SECRET", "-KEY-1", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L".repeat(2).slice(0, 58)),
  j("-----BEGIN", " OPENSSH PRIVATE KEY-----"),
  j("-----BEGIN", " EC PRIVATE KEY-----\nMHcCAQEE"),
  j("ey", "JhbGciOiJIUzI1NiJ9.ey", "JzdWIiOiIxMjM0NTY3ODkwIn0.", mixed(43)),
  j("DefaultEndpointsProtocol=https;AccountName=x;Account", "Key=", mixed(86), "=="),
];

const values: string[] = [
  "password: hunter2 for the admin user",
  "The admin password for staging is Tr0ub4dor&3",
  "password for root: toor123",
  "Passwort: geheim123",
  "wifi password: Sunflower-42",
  "pwd: 1q2w3e4r",
  "user admin, password: Winter2024!",
  "log in with admin and password 'hunter2'",
  '{"password": "correcthorse"}',
  "<password>hunter2</password>",
  "DB_PASSWORD=swordfish",
  "PGPASSWORD=s3cr3t! psql",
  "Server=db;User Id=sa;Password=hunter2;",
  "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  `api_key: ${hex(32)}`,
  `API key = ${mixed(16)}`,
  `export DEPLOY_TOKEN=${hex(40)}`,
  `client_secret: "${mixed(24)}"`,
  "secret: 123e4567-e89b-12d3-a456-426614174000",
  `Authorization: Bearer ${mixed(40)}`,
  "Authorization: Basic dXNlcjpwYXNzd29yZDEyMw==",
  "postgres://app:longpassword@db.example/x",
  "redis://:p4ssw0rd@cache:6379",
  "https://bob:Pa55word@example.org/x",
  "curl -u admin:s3cretpw1 https://example.org",
  "mysql --password=hunter22 shop",
  "machine x login bob password hunter22",
];

const harmless: string[] = [
  "postgres://USER:PASSWORD@HOST/db is the form",
  "https://user:pass@example.com",
  "mysql://root:<password>@db",
  j("amqp://$", "{USER}:$", "{PASS}@mq"),
  "postgres://postgres:postgres@localhost:5432/dev",
  "https://example.org/a:b@c",
  "a branch called sk-ip-the-old-cache-layer-and-use-the-new-one",
  "sk-learn-2024-version-of-the-model-registry-branch",
  "sk-your-api-key-goes-here-please-and-thanks",
  j("gh", "p_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
  "GITHUB_TOKEN=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
  "Use the branch glpat-support",
  "npm_config_registry is set",
  "ask-me-anything about sk-learn",
  "The API key is in 1Password.",
  "password: <your password>",
  j("PASSWORD=$", "{DB_PASSWORD}"),
  "password=$(cat /run/secrets/db)",
  "password: ****",
  "password: required",
  "password: none",
  "password: must have 12 characters",
  "password: at-least-12-chars",
  "password: see the vault",
  "password: ask Anna",
  "password: bcrypt",
  "password_min_length=12",
  "password = config.password",
  "the password is stored in the vault",
  "the password is hashed with argon2id",
  "The password is rotated every 90 days",
  "password policy: at least 12 characters",
  "max_tokens=2000",
  "token limit: 300 per request",
  "token_type: bearer",
  "token: string",
  "token: process.env.TOKEN",
  "token: refresh-token-v2",
  "token: the one from 2024-11-03",
  "token = getToken()",
  "TOKEN_URL=https://auth.example.org/oauth/token",
  "bearer tokens last 15 minutes",
  "secret: op://vault/item/field",
  "secret_name: prod/db/password",
  "secrets: inherit",
  "The secret: write tests first",
  "api_key: YOUR_API_KEY",
  "api_key=your-api-key-here",
  "api key: ask platform-team@example.org",
  "private key: stored in ~/.ssh/id_ed25519",
  "signing key = keys/release-2024.pub",
  "session key: rotated daily",
  "cache key: user:42:profile",
  "primary key = user_id",
  "tests pass: 1430 of 1500",
  `commit ${hex(40)}`,
  `sha256:${hex(64)}`,
  "uuid 123e4567-e89b-12d3-a456-426614174000",
];

describe("credentialIn", () => {
  it("knows the forms of well-known tokens, wherever they stand in a text", () => {
    for (const token of tokens) {
      expect(credentialIn(token), token).toBeDefined();
      expect(credentialIn(`The deploy uses ${token}, ask Kim.`), token).toBeDefined();
      expect(credentialIn(`KEY="${token}"`), token).toBeDefined();
    }
  });

  it("knows values that are called a password, a secret or a key", () => {
    for (const text of values) expect(credentialIn(text), text).toBeDefined();
  });

  it("takes placeholders, names and words about secrets for what they are", () => {
    for (const text of harmless) expect(credentialIn(text), text).toBeUndefined();
  });

  // Report of the kind: a token with a space of no width inside was kept, and programs that strip it had the token.
  it("sees through what shows as nothing, and through letters of full width", () => {
    const plain = [j("gh", "p_", mixed(36)), j("AK", "IA", "ABCDEFGHIJKLMNOP")];
    const breaks = [
      "200b",
      "200d",
      "2060",
      "feff",
      "00ad",
      "fe0f",
      "e0101",
      "034f",
      "3164",
      "0000",
    ];
    for (const token of [...plain, `password: ${mixed(14)}`]) {
      for (const one of breaks.map((code) => String.fromCodePoint(Number.parseInt(code, 16)))) {
        for (const at of [1, 4, 12]) {
          const broken = token.slice(0, at) + one + token.slice(at);
          expect(credentialIn(`We use ${broken} there.`), JSON.stringify(broken)).toBeDefined();
        }
        expect(credentialIn([...token].join(one))).toBeDefined();
      }
      const wide = token.replace(/[!-~]/gu, (sign) =>
        String.fromCharCode(sign.charCodeAt(0) + 0xfee0),
      );
      expect(credentialIn(wide), wide).toBeDefined();
    }
    for (const text of harmless) {
      expect(credentialIn(`\u{1f468}\u200d\u{1f469} ☀\ufe0f ${text}`), text).toBeUndefined();
    }
  });

  // Report of the kind: the key that a cloud's documentation shows everywhere was refused.
  it("takes keys of documentation for what they are", () => {
    for (const text of [
      j("AK", "IA", "IOSFODNN7EXAMPLE"),
      j("AS", "IA", "IOSFODNN7EXAMPLE, and then"),
      j("AK", "IA", "I44QH8DHBEXAMPLE"),
      j("gh", "p_", mixed(29), "EXAMPLE"),
      j("the access key: AK", "IA", "IOSFODNN7EXAMPLE."),
      j("AWS_ACCESS_KEY=", "AK", "IA", "IOSFODNN7EXAMPLE"),
    ]) {
      expect(credentialIn(text), text).toBeUndefined();
    }
    expect(credentialIn(j("AK", "IA", "EXAMPLEQRSTUVWXY"))).toBeDefined();
  });

  it("reads a million characters of anything in a time that grows with their number", () => {
    for (const unit of [
      "a",
      "=",
      "password:",
      "password is ",
      "the password for of to ",
      "ghp_",
      "sk-",
      "eyJ-",
      "eyJaaaaaaaa.eyJ",
      "-----BEGIN ",
      "a.b://",
      "a://a:a",
      "bearer ",
      " --user a:",
      "xoxb-",
      "AccountKey=",
      "\u200b",
      "\ufdfa",
    ]) {
      const text = unit.repeat(Math.ceil(1_000_000 / unit.length));
      expect(typeof credentialIn(text)).toMatch(/undefined|string/);
    }
  }, 180_000);
});

it("says where and what it is, and never the secret itself", () => {
  const token = tokens[1] as string;
  let error: unknown;
  try {
    refuseCredentials([
      ["text", "harmless"],
      ["tag", token],
    ]);
  } catch (caught) {
    error = caught;
  }
  expect(HaypileError.isInstance(error) && error.code).toBe("HAYPILE_SECRET");
  expect(String(error)).toMatch(/The tag seems to hold a GitHub token/);
  expect(JSON.stringify([String(error), (error as HaypileError).data])).not.toContain(token);
});
