/* What stands where nothing is asked: the questions of before, kept in this browser alone. */
import { useState } from "preact/hooks";
import { Empty } from "../../parts/states.tsx";
import { visible } from "../../parts/visible.ts";
import { forgetQuestions, recentQuestions } from "./folders.ts";

export function Recent({ onAsk }: { onAsk: (text: string) => void }) {
  const [questions, setQuestions] = useState(recentQuestions);
  if (questions.length === 0) {
    return (
      <Empty>
        Hits come while you type: code of the folders above, and what was remembered. Words, names
        and meaning all count.
      </Empty>
    );
  }
  return (
    <section class="card" aria-labelledby="search-recent">
      <div class="row">
        <h2 id="search-recent">Asked before</h2>
        <button
          type="button"
          class="button plain push small"
          onClick={() => {
            forgetQuestions();
            setQuestions([]);
          }}
        >
          Forget these
        </button>
      </div>
      <ul class="chips">
        {questions.map((text) => (
          <li key={text}>
            <button type="button" class="chip" onClick={() => onAsk(text)}>
              {visible(text)}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
