/** True for paths below a folder, or that fit a pattern: * within one name, ** across folders, ? one letter. */
export function globMatcher(pattern: string): (path: string) => boolean {
  const clean = pattern.replace(/^\.\//, "").replace(/\/+$/, "");
  if (clean === "" || clean === ".") return () => true;
  if (!/[*?]/.test(clean)) return (path) => path === clean || path.startsWith(`${clean}/`);
  let source = "";
  for (let at = 0; at < clean.length; at += 1) {
    const letter = clean[at] as string;
    if (letter === "*" && clean[at + 1] === "*") {
      at += 1;
      if (clean[at + 1] === "/") {
        at += 1;
        source += "(?:.*/)?";
      } else source += ".*";
    } else if (letter === "*") source += "[^/]*";
    else if (letter === "?") source += "[^/]";
    else source += letter.replace(/[\\^$.|+()[\]{}]/, "\\$&");
  }
  // A bare pattern fits a name in any folder, as in ignore files.
  const start = clean.includes("/") ? "^" : "(?:^|/)";
  const regex = new RegExp(`${start}${source}(?:/|$)`, "u");
  return (path) => regex.test(path);
}
