/* A component that is drawn anew only when something it is given is another one. */
import { Component, type FunctionComponent } from "preact";

export function memo<Props extends object>(Show: FunctionComponent<Props>) {
  return class Kept extends Component<Props> {
    override shouldComponentUpdate(next: Readonly<Props>): boolean {
      const names = new Set([...Object.keys(this.props), ...Object.keys(next)]) as Set<keyof Props>;
      return [...names].some((name) => this.props[name] !== next[name]);
    }

    override render() {
      return <Show {...(this.props as Props)} />;
    }
  };
}
