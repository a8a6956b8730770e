/* A chart as a table: the same for who does not see it. Made when it is opened. */
import { useState } from "preact/hooks";
import { clock, type Prepared } from "./chart-data.ts";
import type { ChartMark } from "./chart-words.ts";

/** Rows at most; of more points every n-th, and always the last. */
const mostRows = 60;

export function ChartTable(props: {
  title: string;
  data: Prepared;
  format: (value: number) => string;
  marks: readonly ChartMark[];
}) {
  const [isOpen, setOpen] = useState(false);
  const { title, data, format, marks } = props;
  return (
    <details class="chart-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>As a table</summary>
      {isOpen && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls is reached by key.
        <section class="chart-rows" tabIndex={0} aria-label={`${title}, as a table`}>
          <table>
            <thead>
              <tr>
                <th scope="col">Time</th>
                {data.series.map(({ name }) => (
                  <th scope="col" key={name}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rowsOf(data.times.length).map((at) => (
                <tr key={at}>
                  <th scope="row">{clock(data.times[at] ?? 0, true)}</th>
                  {data.series.map(({ name, values }) => {
                    const value = values[at];
                    return <td key={name}>{value == null ? "–" : format(value)}</td>;
                  })}
                </tr>
              ))}
            </tbody>
          </table>
          {marks.length > 0 && (
            <ul>
              {marks.slice(-mostRows).map(({ at, label }) => (
                <li key={`${at} ${label}`}>
                  {clock(at, true)}: {label}
                </li>
              ))}
            </ul>
          )}
        </section>
      )}
    </details>
  );
}

/** Places of the rows, the newest first. */
function rowsOf(count: number): number[] {
  const step = Math.max(1, Math.ceil(count / mostRows));
  const rows: number[] = [];
  for (let at = count - 1; at >= 0; at -= step) rows.push(at);
  return rows;
}
