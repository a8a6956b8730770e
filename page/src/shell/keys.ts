/* Keys that work in every panel. */
import { useEffect } from "preact/hooks";
import { readRoute } from "./route.ts";

/** "/" goes to the search box, unless something is being written. */
export function useShortcuts(): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isWriting(event.target) || document.querySelector("dialog[open]") !== null) return;
      event.preventDefault();
      const { panel } = readRoute(location.hash);
      if (panel !== "search" && panel !== "") location.hash = "#/search";
      focusSearchBox();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}

const searchBoxId = "search-box";

/** Now, or as soon as its panel is there. */
function focusSearchBox(tries = 30): void {
  const box = document.getElementById(searchBoxId);
  if (box instanceof HTMLInputElement) {
    box.focus();
    box.select();
  } else if (tries > 0) requestAnimationFrame(() => focusSearchBox(tries - 1));
}

/** Keys that are pressed there are text. */
export function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/u.test(target.tagName))
  );
}
