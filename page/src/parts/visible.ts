/* Text of others, so that all of it is seen. */

/**
 * Control characters, those that turn the direction of a line, and those that nobody sees (a whole text can be said in them), as escapes: a name cannot pass for another, nor code for other
 * code. So are marks that stand on others once there are many: they would be drawn across the lines above and below. Tabs stay.
 */
export function visible(text: string): string {
  return text
    .replace(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
      /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu,
      escaped,
    )
    .replace(
      tooManyMarks,
      (_, some: string, more: string) => some + Array.from(more, escaped).join(""),
    );
}

/** No writing system has more of them on one letter. Selectors of a variant count: nobody sees those either. */
const tooManyMarks = /(\p{M}{6})(\p{M}+)/gu;

function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
}
