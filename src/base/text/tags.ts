/* One form of a tag for every door: what is shown, and what two tags are compared by. */

/** As it is kept and shown: composed (NFC), without white space around it, one space inside. */
export function cleanTag(tag: string): string {
  return tag.toWellFormed().normalize("NFC").replace(/\s+/gu, " ").trim();
}

/** Equal for tags that are the same one: capitals do not count. */
export function tagKey(tag: string): string {
  // To capitals first: "straße" and "STRASSE" are one.
  return cleanTag(tag).toUpperCase().toLowerCase().normalize("NFC");
}

/** Without those that are the same as one before. */
export function distinctTags(tags: readonly string[]): string[] {
  const byKey = new Map<string, string>();
  for (const tag of tags) {
    const key = tagKey(tag);
    if (!byKey.has(key)) byKey.set(key, cleanTag(tag));
  }
  return [...byKey.values()];
}
