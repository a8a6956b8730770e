/* Which panel the address names, with its own state as a query: "#/search?q=retry&k=20". It can be shared and gone back to. */
import { useEffect, useState } from "preact/hooks";

export interface Route {
  panel: string;
  query: URLSearchParams;
}

/** Addresses that were shared before a panel had another name. */
const formerNames: Readonly<Record<string, string>> = { footprint: "ram" };

export function readRoute(hash: string): Route {
  const [panel = "", query = ""] = hash.replace(/^#\/?/u, "").split("?", 2);
  return { panel: formerNames[panel] ?? panel, query: new URLSearchParams(query) };
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = (): void => setHash(location.hash);
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return readRoute(hash);
}

/** Changes the query of a panel in the address. @param isStep it can be gone back to */
export function setQuery(panel: string, query: URLSearchParams, isStep = false): void {
  const said = query.toString();
  const hash = `#/${panel}${said === "" ? "" : `?${said}`}`;
  if (hash === location.hash) return;
  if (isStep) location.hash = hash;
  else {
    history.replaceState(null, "", hash);
    dispatchEvent(new HashChangeEvent("hashchange"));
  }
}
