/**
 * Tokens a text may cost, estimated from above: three ASCII characters a token, one for any other.
 * (o200k takes about 4.2 characters of English and 3.3 of code.)
 */
export function tokensOf(text: string): number {
  let ascii = 0;
  let other = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text.charCodeAt(at) < 128) ascii += 1;
    else other += 1;
  }
  return Math.ceil(ascii / 3) + other;
}
