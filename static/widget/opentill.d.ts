/** What the loader leaves on the page: `window.Opentill` and elements named `opentill-…`. */

type OpentillStatus =
  | "requires_payment"
  | "processing"
  | "succeeded"
  | "mismatched"
  | "failed"
  | "expired"
  | "canceled";

/** The last that was heard of a payment. It tells a page what to show; goods ship on the webhook. */
interface OpentillMessage {
  invoiceId: string;
  paymentIntentId: string;
  status: OpentillStatus;
  version: number;
}

/** What to open. An intent's id wins over a link, a link over an amount. */
interface OpentillOptions {
  paymentIntent?: string;
  paymentIntentId?: string;
  paymentLink?: string;
  amount?: string | number;
  quantity?: number;
  currency?: string;
  publishableKey?: string;
  description?: string;
  orderId?: string;
  customerEmail?: string;
  successUrl?: string;
  cancelUrl?: string;
  metadata?: Record<string, unknown>;
  recipients?: Record<string, string>;
  ledgers?: string[];
  tokenShortcodes?: string[];
  chains?: string[];
  chainShortcodes?: string[];
  chainTypes?: string[];
  lang?: string;
  theme?: string;
  title?: string;
  closeText?: string;
  linkText?: string;
  timeout?: number;
  redirect?: boolean;
}

type OpentillComponent =
  | "pay-button"
  | "amount-input"
  | "tip-jar"
  | "coffee-shop"
  | "premium-content"
  | "article-paywall"
  | "donation-thermometer"
  | "progress-bar";

interface OpentillMade {
  /** Set `element.config` to change it. */
  element: HTMLElement & { config?: object; open?: () => void };
  mount: (where: string | Element) => OpentillMade;
  unmount: () => void;
}

type OpentillOpen = (options?: OpentillOptions, from?: EventTarget) => Promise<OpentillMessage | undefined>;
type OpentillOn = (name: string, listener: (detail: any) => void) => () => void;
type OpentillCreate = (name: OpentillComponent, config?: object) => OpentillMade;

interface Window {
  Opentill: {
    open: OpentillOpen;
    close: () => void;
    create: OpentillCreate;
    on: OpentillOn;
    onModalWillEnter: (listener: (detail: any) => void) => () => void;
    onModalWillLeave: (listener: (detail: any) => void) => () => void;
    onModalReceiveMessage: (listener: (detail: OpentillMessage) => void) => () => void;
  };
}
