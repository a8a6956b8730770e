/* Texts of about 300 characters, made of words drawn as a language draws them: the n-th word 1/n as often. */

const syllables =
  "ba co du fi ga he jo ki la me no pu qua ri so te vu wa xe yo za bro cle dra fle gri".split(" ");

/** A source of texts, the same for the same seed. */
export function textMaker(seed: number, vocabulary = 20_000, characters = 300): () => string {
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
  const zipf = (): string => {
    const at = Math.floor(Math.exp(random() * Math.log(vocabulary))) - 1;
    return words[Math.min(vocabulary - 1, Math.max(0, at))] as string;
  };
  return () => {
    let text = zipf();
    while (text.length < characters) text += ` ${zipf()}`;
    return `${text}.`;
  };
}
