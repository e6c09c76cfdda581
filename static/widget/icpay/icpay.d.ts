/** What ICPay's embed script leaves on the page: `window.ICPay` and elements named `icpay-…`. */

/** The options that are kept here; any other one is taken, and means nothing. */
interface ICPayConfig {
  publishableKey?: string;
  paymentIntentId?: string;
  paymentIntent?: { id: string };
  amountUsd?: number | string;
  priceUsd?: number | string;
  description?: string;
  metadata?: Record<string, unknown>;
  buttonLabel?: string;
  defaultSymbol?: string;
  tokenShortcodes?: string[];
  chainShortcodes?: string[];
  chainTypes?: string[];
  theme?: "light" | "dark" | Record<string, string>;
  disablePaymentButton?: boolean;
  disableAfterSuccess?: boolean;
  enableEvents?: boolean;
  onSuccess?: (paid: ICPayPaid) => void;
  [option: string]: unknown;
}

interface ICPayPaid {
  id: number;
  status: "completed";
  paymentIntentId: string;
  paymentIntent?: Record<string, unknown>;
  total?: number;
  raised?: number;
  item?: string;
  amountUsd?: number;
}

interface ICPayMade {
  /** Set `element.config` to change it. */
  element: HTMLElement & { config?: ICPayConfig };
  mount: (where: string | Element) => ICPayMade;
  unmount: () => void;
}

type ICPayCreate = (name: string, config?: ICPayConfig) => ICPayMade;

interface Window {
  ICPay: { create: ICPayCreate };
}
