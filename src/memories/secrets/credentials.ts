/*
 * Finds what must not be kept: tokens by their form, and values that are called a password or a key. One list for
 * every door (MCP, command line, import, library). It reads a text a bounded number of times from left to right,
 * and at each place looks at so many characters at most.
 */
import { HaypileError } from "../../base/errors.ts";
import { tokenForms } from "./credential-forms.ts";
import {
  isStandIn,
  isTokenStandIn,
  looksRandom,
  looksSecret,
  type SecretKind,
} from "./credential-values.ts";

/** Characters that are looked at before and after a sign. */
const lookBack = 80;
const lookAhead = 300;

/** Names that stand at the end of longer ones as well: PGPASSWORD, userToken. */
const longWordNames = "passw(?:ord|d|ort)|passphrase";
const longKeyNames = "secret|token|apikey";
const wordNames =
  "pass(?:code)?|pwd|pswd?|pw|kennwort|contrase(?:ñ|n)a|mot[ _-]de[ _-]passe|senha|wachtwoord";
const keyNames =
  "credentials?|(?:api|access|account|auth|private|encryption|signing|master|service|subscription|storage|license|shared[ _-]?access|consumer|app(?:lication)?|session|webhook|deploy|bot|secret)[ _.-]?key";

/** Names whose value is about a secret and none: password_length, token_url. */
const aboutOne =
  /(?:count|counts|limit|limits|length|len|type|types|url|uri|path|file|filename|name|names|id|ids|field|fields|policy|expiry|expires|expiration|ttl|hint|prefix|suffix|rotation|version|age|budget|size|usage|manager|store|reset|hash|algorithm|algo|header|endpoint|env|var|ref|source|format|pattern|regex|label|input|vault|min|max|timeout|interval|per[_-]\w+)$/u;

const nameBefore = new RegExp(
  `(?:(${longWordNames})|${longKeyNames}|(?:^|[^a-z])(?:(${wordNames})|${keyNames}))([\\w.-]{0,24})(?:\\s(?:for|of)\\s[\\w.@/-]{1,30})?["'\`\\])]{0,2}\\s{0,3}$`,
  "u",
);

/** "the password for admin is …" */
const nameInProse = new RegExp(
  `(?:(${longWordNames})|${longKeyNames}|(?:^|[^a-z])(?:(${wordNames})|${keyNames}))(?![\\w-])`,
  "giu",
);
const isValueOf =
  /^(?:\s(?:for|of|to|on|at|von|für|de)(?:\s[\w.@/-]{1,30}){1,4}?)?\s(?:is|are|was|be|ist|lautet|es|est)(?:\snow|\sstill)?\s["'`“„«]?([^\s"'`”“»]{4,200})|^\s["'`“„«]([^\s"'`”“»]{4,200})["'`”“»]/u;

/** Shows as nothing, and breaks a form when it stands inside. Tabs and ends of lines part words, so they stay. */
const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}]|(?![\t\n\v\f\r\u0085])\p{Cc}/gu;
const beyondPlain = /[^\t\n\r -~]/u;

/** What a text seems to give away, as it stands after "seems to hold"; undefined for nothing. */
export function credentialIn(text: string): string | undefined {
  const found = findIn(text);
  if (found !== undefined || !beyondPlain.test(text)) return found;
  // A reader sees through characters of no width and through letters of full width, and so does a program.
  const seen = text.normalize("NFKC").replace(invisible, "");
  return seen === text ? undefined : findIn(seen);
}

function findIn(text: string): string | undefined {
  return tokenIn(text) ?? namedValueIn(text) ?? proseIn(text) ?? addressIn(text) ?? commandIn(text);
}

/**
 * Refuses what gives a secret away. The message names the place and the kind, never the text.
 * @param fields what is to be kept, by the name of its place
 * @throws HaypileError HAYPILE_SECRET
 */
export function refuseCredentials(
  fields: readonly (readonly [place: string, text: string])[],
): void {
  for (const [place, text] of fields) {
    const found = credentialIn(text);
    if (found === undefined) continue;
    throw new HaypileError(
      "HAYPILE_SECRET",
      `The ${place} seems to hold ${found}; it was not saved. Say where the secret is kept instead of what it is.`,
      { data: { place, found } },
    );
  }
}

function tokenIn(text: string): string | undefined {
  for (const { says, starts, rest, mustBeRandom } of tokenForms) {
    for (const start of starts) {
      for (let at = text.indexOf(start); at !== -1; at = text.indexOf(start, at + 1)) {
        // In the middle of a longer word it is no beginning.
        if (/^\w/u.test(start) && at > 0 && /\w/u.test(text[at - 1] as string)) continue;
        rest.lastIndex = at + start.length;
        const found = rest.exec(text)?.[0];
        if (found === undefined) continue;
        const isOrdinary = mustBeRandom === true && !looksRandom(found);
        if (!isOrdinary && !isTokenStandIn(found)) return says;
        at += found.length;
      }
    }
  }
  return undefined;
}

/** Of "password: …", "api_key = …", "<token>…", {"secret": "…"}. */
function namedValueIn(text: string): string | undefined {
  for (const { index } of text.matchAll(/[:=>]/gu)) {
    const name = nameBefore.exec(text.slice(Math.max(0, index - lookBack), index).toLowerCase());
    if (name === null) continue;
    const [found, long, short, rest = ""] = name;
    if (aboutOne.test(rest)) continue;
    const own = /[\w-]*\W{0,5}$/u.exec(text.slice(Math.max(0, index - found.length), index))?.[0];
    const after = text.slice(index + 1, index + 1 + lookAhead);
    const value = /^[=>]?\s{0,3}(?:(["'`“„«])([^"'`”“»\n]{1,200})|([^\s"'`,;<>]{1,200}))/u.exec(
      after,
    );
    if (value === null) continue;
    const [, quote, quoted, bare] = value;
    // "148 tests pass: 1430 of 1500"
    if (short === "pass" && /^\d+$/u.test(bare ?? "")) continue;
    const kind: SecretKind = (long ?? short) === undefined ? "key" : "word";
    const isVariable = text[index] === "=" && /^[^a-z]*[A-Z][^a-z]*$/u.test(own ?? "");
    const isWhole = quote !== undefined || isVariable || text[index] === ">";
    if (isBearer(quoted ?? bare ?? "", after) || looksSecret(quoted ?? bare ?? "", kind, isWhole)) {
      return kind === "word" ? "a password" : "a secret key";
    }
  }
  return headerIn(text);
}

/** "Authorization: Bearer …" and the like. */
function headerIn(text: string): string | undefined {
  for (const { index } of text.matchAll(/\b(?:bearer|basic)\s/giu)) {
    if (isBearer(text.slice(index, index + 8), text.slice(index, index + lookAhead))) {
      return "a header that lets one in";
    }
  }
  return undefined;
}

function isBearer(word: string, text: string): boolean {
  if (!/^(?:bearer|basic)/iu.test(word)) return false;
  const token = /^\s{0,3}(?:bearer|basic)\s{1,3}["']?([\w+/=.~-]{8,512})/iu.exec(text)?.[1];
  return token !== undefined && looksSecret(token, "key", false) && /\d/u.test(token);
}

function proseIn(text: string): string | undefined {
  for (const found of text.matchAll(nameInProse)) {
    const from = found.index + found[0].length;
    const [, said, quoted] = isValueOf.exec(text.slice(from, from + lookAhead)) ?? [];
    const value = said ?? quoted;
    if (value === undefined) continue;
    const kind: SecretKind = (found[1] ?? found[2]) === undefined ? "key" : "word";
    const isStrong = value.length >= 6 && /\d|[!@#$%^&*]/u.test(value) && /\p{L}/u.test(value);
    if (isStrong && looksSecret(value, kind, false)) {
      return kind === "word" ? "a password" : "a secret key";
    }
  }
  return undefined;
}

/** An address with a password in it. */
function addressIn(text: string): string | undefined {
  for (let at = text.indexOf("://"); at !== -1; at = text.indexOf("://", at + 3)) {
    if (!/[a-z][a-z0-9+.-]{0,30}$/iu.test(text.slice(Math.max(0, at - 20), at))) continue;
    const after = text.slice(at + 3, at + 3 + lookAhead);
    const [, user = "", password = "", host = ""] =
      /^([^\s/:@"'<>]{0,100}):([^\s/@"'<>]{1,200})@([^\s/"'<>:?#]{1,200})/u.exec(after) ?? [];
    if (password === "" || isStandIn(password) || password.length < 3) continue;
    // A made-up database on the own machine: postgres:postgres@localhost.
    if (password === user && /^(?:localhost|127\.|\[?::1|[\w-]+$)/u.test(host)) continue;
    if (/^[A-Z][A-Z0-9_]*$/u.test(password) && /^[A-Z][A-Z0-9_]*$/u.test(user || "X")) continue;
    return "an address with a password";
  }
  return undefined;
}

/** "--password …", "curl -u name:…", "login … password …" of a .netrc. */
function commandIn(text: string): string | undefined {
  const flags =
    /(?:^|\s)(?:--?(?:password|passwd|pass|token|api-key|secret|access-key|client-secret)[ =]|(?:-u|--user)[ =]["']?[\w.@-]{1,60}:|login\s[^\s]{1,60}\spassword\s|sshpass\s-p\s?)["']?([^\s"']{1,200})/gu;
  for (const [, value = ""] of text.matchAll(flags)) {
    const isStrong = value.length >= 6 && /\d|[!@#$%^&*]/u.test(value);
    if (isStrong && looksSecret(value, "word", false)) return "a password";
  }
  return undefined;
}
