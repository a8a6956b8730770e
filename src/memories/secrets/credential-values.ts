/*
 * Whether the value of something called a password or a key is one, or stands in its place: a name, a word, a
 * reference to where the secret is kept.
 */

/** What kind of name the value has. "word": a password, which may be short; "key": what machines make. */
export type SecretKind = "word" | "key";

/** Stand for a value, alone. */
const standIns: ReadonlySet<string> = new Set(
  `password passwd passwort kennwort passphrase pass pwd pw secret token user username login name value string
  text null none nil undefined true false yes no empty blank unset default example sample placeholder dummy test
  testing changeme change_me change-me replaceme redacted hidden masked removed omitted required optional todo tbd
  here foo bar baz foobar xxx yyy key apikey api_key mypassword mysecret mytoken my_password my_secret my_token
  somepassword somesecret sometoken abc123 password123 pass123 hunted bearer basic jwt oauth sso saml`.split(
    /\s+/u,
  ),
);

/** Say that no value stands here: "your-token", "<password>", "${PASSWORD}". */
const standsForAnother =
  /^(?:<.*|\{\{.*|\[.*|\(.*|\$.*|%[^%]{1,60}%?$|#.*|\*+|\.{2,}|…|@[\w-]+|op:\/\/|vault:|arn:|ssm:|keyring:|env[:.]|file:|sops:|secret:|ref\+)|(?:^|[-_ .])(?:your|example|placeholder|redacted|dummy|changeme|insert|goes|here|replace)(?:[-_ .]|$)/iu;

/** Made-up keys of documentation are as long as real ones and end so: AKIA…EXAMPLE. */
const endsAsExample = /EXAMPLE[._-]*$/u;

/** A name in a program: config.password, settings.api.token, getToken(). */
const isNameInCode = /^[A-Za-z_$][\w$]*(?:(?:\.|::|->|\?\.)[A-Za-z_$][\w$]*)+$|[A-Za-z_]\w*\(/u;

/** Words with a digit that are no secrets. */
const technicalWord =
  /^(?:sha-?\d+|md[45]|base(?:32|58|64)(?:url)?|argon2(?:id|i|d)?|pbkdf2|[bs]crypt|aes-?\d*|[rhe]s\d{3}|ed25519|x509|oauth2?|utf-?\d+|ipv[46]|k8s|s3|ec2|1password|auth0|h2|http[23]|pkcs\d+|p12|i18n|l10n|web3|v\d+|\d+[a-z]{1,3}|[a-z]\d)$/iu;

/** Written with one pattern of capitals, without digits inside: a word, or words joined as names are. */
const word = /^(?:\p{Ll}+|\p{Lu}+|\p{Lu}?\p{Ll}+(?:\p{Lu}\p{Ll}+){0,6}|\d{1,3}|\d{4}|)$/u;

/** What people make of a word that must have a capital and a digit. */
const wordAndNumber = /^\p{Lu}\p{L}{2,}[-_.]?\d{1,4}$/u;

const longestWord = 24;
const shortestWord = 4;
const shortestKey = 10;

/**
 * @param value up to where it ends, without quotes
 * @param isSaidOutright it was in quotes, or behind "=" of a variable in capitals: a plain word counts as well
 */
export function looksSecret(value: string, kind: SecretKind, isSaidOutright: boolean): boolean {
  const plain = value.replace(/[.,;:)\]}>]+$/u, "");
  if (plain.length < (kind === "word" ? shortestWord : shortestKey)) return false;
  if (isStandIn(plain) || isNameInCode.test(plain)) return false;
  if (/^https?:\/\//iu.test(plain) || /^(?:[.~]?\/|[A-Za-z]:\\)[\w.-]/u.test(plain)) return false;
  const pieces = plain.split(/[-_/.:+\s]/u);
  const isWords = pieces.every((piece) => isWord(piece));
  if (kind === "key") return !isWords && pieces.some((piece) => !isWord(piece) && piece.length > 7);
  if (/^\d+$/u.test(plain)) return true;
  if (!isWords || wordAndNumber.test(plain)) return true;
  // "DB_PASSWORD" is the name of a variable, "correct-horse" may be said of one.
  return isSaidOutright && plain.length >= 6 && !/^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/u.test(plain);
}

/** True for what stands in place of a value. */
export function isStandIn(value: string): boolean {
  return (
    standIns.has(value.toLowerCase()) ||
    standsForAnother.test(value) ||
    endsAsExample.test(value) ||
    /^[xX*.•_0-]+$/u.test(value) ||
    /^(?:x{3,}|0{3,}|1234|12345|123456)$/iu.test(value)
  );
}

/** True when a token after its beginning was written to stand for one: "xxxx", "your_token_here". */
export function isTokenStandIn(rest: string): boolean {
  return (
    /^[xX0*._-]+$/u.test(rest) ||
    endsAsExample.test(rest) ||
    /(?:^|[-_.])(?:your|example|placeholder|redacted|dummy|changeme|insert|goes|here)(?:[-_.]|$)/iu.test(
      rest,
    )
  );
}

/** True when its pieces mix letters and digits over some length, as what is drawn by chance does. */
export function looksRandom(token: string): boolean {
  const mixed = token
    .split(/[-_.]/u)
    .filter((piece) => piece.length >= 6 && /\d/u.test(piece) && /[A-Za-z]/u.test(piece));
  return mixed.reduce((length, piece) => length + piece.length, 0) >= 16;
}

function isWord(piece: string): boolean {
  return (piece.length <= longestWord && word.test(piece)) || technicalWord.test(piece);
}
