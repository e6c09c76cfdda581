import type { ReactElement, ReactNode } from "react";

/** Options of the loader and of the component go here by their own names. */
export interface OpentillProps extends OpentillOptions {
  /** Where the checkout is, or the whole address of a pinned loader. */
  src: string;
  component?: OpentillComponent;
  className?: string;
  id?: string;
  children?: ReactNode;
  label?: string;
  text?: string;
  texts?: Record<string, string>;
  onStatus?: (last: OpentillMessage) => void;
  onSuccess?: (last: OpentillMessage) => void;
  onError?: (error: { code?: string; message?: string }) => void;
  [option: string]: unknown;
}

/** One component of the checkout, as a React element. */
export function Opentill(props: OpentillProps): ReactElement;
