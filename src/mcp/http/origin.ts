/* Whether the page that a request comes from may ask: who sends no Origin is no page. */
import { validateOriginHeader } from "@modelcontextprotocol/server";

/** @param names hosts, without ports */
export function isOriginIn(origin: string | undefined, names: readonly string[]): boolean {
  return validateOriginHeader(origin, [...names]).ok;
}
