/* What a client would like of a long call (RFC 7240): that it goes on when the client goes away. */

/** As a timer can wait. */
const longestWaitS = 86_400;

/**
 * @returns undefined: the call ends with its client; else seconds that the answer may wait for the end of the call: 0
 * unless "wait" says more. What is no number of seconds waits for nothing.
 */
export function respondsAsync(request: Request): number | undefined {
  const said = (request.headers.get("prefer") ?? "").toLowerCase().split(/[,;]/);
  const wishes = said.map((wish) => wish.trim());
  if (!wishes.includes("respond-async")) return undefined;
  const wait = wishes.find((wish) => /^wait\s*=/.test(wish))?.replace(/^wait\s*=\s*/, "");
  if (wait === undefined || !/^"?\d{1,9}"?$/.test(wait)) return 0;
  return Math.min(longestWaitS, Number(wait.replaceAll('"', "")));
}
