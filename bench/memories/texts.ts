/* Texts of about 300 characters, made of words drawn as a language draws them: the n-th word 1/n as often. */

const syllables =
  "ba co du fi ga he jo ki la me no pu qua ri so te vu wa xe yo za bro cle dra fle gri".split(" ");

/** In English these make half of a text, and searches pass them over by a list that does not fit made-up words. */
const smallWords = 50;

export interface TextMaker {
  (): string;
  /** Eight words that are no small ones. */
  query(): string;
}

/** A source of texts and queries, the same for the same seed. */
export function textMaker(seed: number, vocabulary = 20_000, characters = 300): TextMaker {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const words = Array.from({ length: vocabulary }, (_, at) => {
    let word = "";
    for (let rest = at + 30; rest > 0; rest = Math.floor(rest / syllables.length)) {
      word += syllables[rest % syllables.length];
    }
    return word;
  });
  const rank = (): number => {
    const at = Math.floor(Math.exp(random() * Math.log(vocabulary))) - 1;
    return Math.min(vocabulary - 1, Math.max(0, at));
  };
  const zipf = (): string => words[rank()] as string;
  const text = (): string => {
    let made = zipf();
    while (made.length < characters) made += ` ${zipf()}`;
    return `${made}.`;
  };
  const query = (): string => {
    const found: string[] = [];
    while (found.length < 8) {
      const at = rank();
      if (at >= smallWords) found.push(words[at] as string);
    }
    return found.join(" ");
  };
  return Object.assign(text, { query });
}
