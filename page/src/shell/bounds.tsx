/* What a panel throws stays in it: the frame and the other panels go on. */
import { Component, type ComponentChildren } from "preact";
import { Failed } from "../parts/states.tsx";

interface Props {
  title: string;
  children: ComponentChildren;
}

export class PanelBounds extends Component<Props, { error: Error | undefined }> {
  override state: { error: Error | undefined } = { error: undefined };

  static override getDerivedStateFromError(error: unknown): { error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidCatch(error: unknown): void {
    // Told to whoever looks at the console, as an error that nobody catches would be.
    reportError(error);
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <Failed
        error={new Error(`The panel "${this.props.title}" failed: ${error.message}`)}
        again={() => this.setState({ error: undefined })}
      />
    );
  }
}
