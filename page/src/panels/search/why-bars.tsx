/* Why a hit stands where it does: a table whose rows have a bar to the right for what speaks for it, to the left against it. */
import { useId } from "preact/hooks";
import type { WhyRow } from "./why-rows.ts";

export function WhyBars(props: {
  rows: readonly WhyRow[];
  about: string;
  notes: readonly string[];
}) {
  const { rows, notes } = props;
  const id = useId();
  return (
    <div class="why" id={id}>
      <table>
        <caption class="hidden">Why {props.about} stands where it does</caption>
        <thead class="hidden">
          <tr>
            <th scope="col">What</th>
            <th scope="col">Seen</th>
            <th scope="col">Bar</th>
            <th scope="col">Gives</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, seen, given, bar, isSum }) => (
            <tr key={name} class={isSum ? "sum" : undefined} data-why={name}>
              <th scope="row">{name}</th>
              <td class="quiet">{seen}</td>
              <td class="bars" aria-hidden="true">
                <Bar value={bar} />
              </td>
              <td class="number" data-given>
                {given}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {notes.map((note) => (
        <p key={note} class="quiet small">
          {note}
        </p>
      ))}
    </div>
  );
}

/** Its middle is nothing. */
function Bar({ value }: { value: number }) {
  const width = Math.min(1, Math.abs(value)) * 50;
  return (
    <svg viewBox="0 0 100 8" preserveAspectRatio="none" class={value < 0 ? "against" : "for"}>
      <title>{value < 0 ? "against" : "for"}</title>
      <rect x={value < 0 ? 50 - width : 50} y="0" width={width} height="8" />
      <line x1="50" x2="50" y1="0" y2="8" />
    </svg>
  );
}
