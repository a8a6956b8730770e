/* The panel "memories". */

export function Memories() {
  return <section aria-labelledby="panel-title" />;
}
