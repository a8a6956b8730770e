/* A score from 0 to 1, as a number and a bar. */

export function Score({ value }: { value: number }) {
  return (
    <span class="score" title="score, 0 to 1">
      <svg viewBox="0 0 40 8" aria-hidden="true">
        <rect class="rest" width="40" height="8" />
        <rect width={Math.max(0, Math.min(1, value)) * 40} height="8" />
      </svg>
      <span class="hidden">score </span>
      {value.toFixed(2)}
    </span>
  );
}
