/**
 * What ICPay's widgets are told, in our components' words: tables, and what reads them.
 *
 * Source of the options and of what they are when nothing is said: the public
 * `@ic-pay/icpay-widget`. What cannot be kept is refused, never left out in silence.
 */

/** @typedef {Record<string, any>} Options */
/** @typedef {{ drawn?: string, reads: (config: any) => Options, tells: string[], adds?: (paid: any) => object }} Kind */

const TIPS = [1, 5, 10];
const DONATIONS = [10, 25, 50, 100, 250, 500];
const LEAST = 0.5;

/** Return dollars as text, in whole cents: as a number 0.1 + 0.2 is a little more than 0.3.
 * @type {(dollars: any) => string | undefined} */
export const usd = (dollars) => (dollars == null || dollars === "" ? undefined : `${+(+dollars).toFixed(2)}`);

/** @type {(given: any) => any[]} */
const list = (given) => (typeof given === "string" ? given.split(/[\s,]+/).filter(Boolean) : [...(given ?? [])]);

/** @type {(code: string, message: string) => Error} */
const wrong = (code, message) => Object.assign(Error(message), { code });

/** @type {(config: any) => Options} */
const priced = ({ priceUsd }) => ({ amount: usd(priceUsd) });

/** @type {(usual: number[]) => (config: any) => Options} */
const choices = (usual) => ({ amountsUsd, defaultAmountUsd }) => ({
  amounts: list(amountsUsd ?? usual).map(usd),
  value: usd(defaultAmountUsd),
});

/** @type {(one: any) => Options} */
const item = ({ name, priceUsd }) => ({ name, price: usd(priceUsd) });

/** By kind: what is read of its options, what it tells once it is paid, and what it adds to that.
 * @type {Record<string, Kind>} */
export const KINDS = {
  "pay-button": { reads: ({ amountUsd }) => ({ amount: usd(amountUsd) }), tells: ["icpay-pay"] },
  "amount-input": {
    reads: ({ defaultAmountUsd, minUsd = LEAST, maxUsd, placeholder }) => ({
      value: usd(defaultAmountUsd || undefined),
      min: usd(minUsd),
      max: usd(maxUsd),
      text: placeholder,
    }),
    tells: ["icpay-pay", "icpay-amount-pay"],
    adds: ({ amount }) => ({ amountUsd: amount }),
  },
  "tip-jar": { reads: choices(TIPS), tells: ["icpay-tip"], adds: ({ sum }) => ({ total: sum }) },
  "coffee-shop": {
    reads: ({ items = [], defaultItemIndex = 0 }) => ({
      items: items.map(item),
      value: items[defaultItemIndex]?.name,
    }),
    tells: ["icpay-coffee"],
    adds: ({ item }) => ({ item }),
  },
  "premium-content": { reads: priced, tells: [] }, // icpay-unlock: once it is open
  "article-paywall": { reads: priced, tells: [] },
  "donation-thermometer": {
    drawn: "tip-jar", // a link knows what was raised; without one nobody does
    reads: choices(DONATIONS),
    tells: ["icpay-donation"],
    adds: ({ sum }) => ({ raised: sum }),
  },
};

// What may stand in the HTML beside `config`, which wins.
const ATTRIBUTES = `publishableKey amountUsd priceUsd goalUsd defaultAmountUsd minUsd maxUsd amountsUsd
description buttonLabel placeholder title preview lockedContent imageUrl theme defaultSymbol
tokenShortcodes chainShortcodes chainTypes paymentIntentId paymentLink`.split(/\s/);

/** Tell whether an address is somebody's: of noughts alone it is nobody's.
 * @type {(address: any) => boolean} */
const somebody = (address) => /[^0x]/.test(address ?? "");

/** By option: whether its value asks for what is not kept here.
 * @type {Record<string, (value: any) => boolean>} */
const REFUSED = {
  externalCostAmount: (value) => Number(value) !== 0,
  recipientAddress: (value) => somebody(value) && !/^0x/.test(value), // it does not say of which chain
  x402Scheme: (value) => value === "upto",
  x402Upto: Boolean,
};

// Who is paid in the account's stead, by ICPay's kinds of chain and ours.
const RECIPIENTS = { evm: "evm", sol: "solana", ic: "ic" };

// Our looks, by the option of a theme and the variable that ICPay's widgets take them from.
const LOOKS = [
  ["--opentill-accent", "primaryColor", "--icpay-primary"],
  ["--opentill-on-accent", "", "--icpay-primary-foreground"],
  ["--opentill-line", "borderColor", "--icpay-border"],
  ["--opentill-field", "surfaceColor", "--icpay-input"],
  ["--opentill-wrong", "", "--icpay-destructive"],
  ["color", "textColor", "--icpay-foreground"],
  ["font-family", "fontFamily", "--icpay-font"],
];

/** Return an element's options: its attributes, the attribute `config`, the property `config`.
 * @type {(host: any, given: any) => Options} */
export const read = (host, given) => {
  /** @type {Options} */
  const config = {};
  for (const name of ATTRIBUTES) config[name] = host.getAttribute(name) ?? undefined;
  try {
    Object.assign(config, JSON.parse(host.getAttribute("config") || "{}"));
  } catch {
    throw wrong("INVALID_CONFIG", "The attribute config must be JSON.");
  }
  return Object.assign(config, given);
};

/** Return what our component is told. @type {(kind: string, config: any, ledgers: Options) => Options} */
export const options = (kind, config, ledgers) => {
  for (const [name, asks] of Object.entries(REFUSED)) {
    if (config[name] != null && asks(config[name])) {
      throw wrong("NOT_SUPPORTED", `${name} cannot be kept by this checkout; leave it out.`);
    }
  }
  const { metadata, theme, title } = config;
  return {
    ...KINDS[kind]?.reads(config),
    ...ledgers,
    currency: "USD", // fiat_currency says how prices are shown, not what they are in
    publishableKey: config.publishableKey,
    paymentIntent: config.paymentIntentId || config.paymentIntent?.id,
    paymentLink: config.paymentLink,
    description: config.description || (typeof title === "string" ? title : undefined),
    metadata: { ...metadata, icpay: { icpay_context: kind, ...metadata?.icpay } },
    recipients: recipients(config),
    label: label(config),
    theme: theme?.mode ?? theme,
    lang: config.lang,
  };
};

/** Return who is paid, by family of chains; undefined: the account itself. @param {any} config */
const recipients = ({ recipientAddress, recipientAddresses }) => {
  /** @type {Options} */
  const named = { evm: recipientAddress, ...recipientAddresses };
  const paid = Object.entries(RECIPIENTS).filter(([theirs]) => somebody(named[theirs]));
  return paid.length ? Object.fromEntries(paid.map(([theirs, ours]) => [ours, named[theirs]])) : undefined;
};

/** Return the button's label; undefined: our own, in the page's language.
 * An amount that is chosen on the page is not known before it is. @param {any} config */
const label = ({ buttonLabel, amountUsd, priceUsd, defaultSymbol = "crypto" }) => {
  const price = amountUsd ?? priceUsd;
  if (!buttonLabel || (price == null && buttonLabel.includes("{amount}"))) return undefined;
  const shown = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
  return buttonLabel.replace("{amount}", () => shown.format(price)).replace("{symbol}", () => defaultSymbol);
};

/** Give an element the looks that are asked for. @type {(style: CSSStyleDeclaration, theme: any) => void} */
export const dress = (style, theme) => {
  for (const [ours = "", option = "", theirs] of LOOKS) style.setProperty(ours, theme?.[option] ?? `var(${theirs})`);
  style.colorScheme = theme?.mode ?? (typeof theme === "string" ? theme : "");
};

/** Return which ledgers are left of what a site names, of all there are; undefined: unknown.
 * A site may name some that are not here, as long as one is.
 * @type {(config: any, list: () => Promise<any[] | undefined>) => Promise<Options>} */
export const narrowed = async ({ tokenShortcodes, chainShortcodes, chainTypes }, all) => {
  const [tokens = [], chains = [], types = []] = [tokenShortcodes, chainShortcodes, chainTypes].map((names) =>
    list(names).map((one) => `${one}`.toLowerCase()),
  );
  const named = [...tokens, ...chains, ...types];
  if (!named.length) return {};
  const there = await all();
  if (!there) return { tokenShortcodes, chainShortcodes, chainTypes }; // then the server judges the names
  /** @type {(names: string[], ...own: string[]) => boolean} */
  const among = (names, ...own) => !names.length || own.some((one) => names.includes(one.toLowerCase()));
  const left = there.filter(
    ({ shortcode, symbol, chainShortcode, chainType }) =>
      among(tokens, shortcode, symbol) && among(chains, chainShortcode) && among(types, chainType),
  );
  if (left.length) return { ledgers: left.map(({ shortcode }) => shortcode) };
  throw wrong("NO_LEDGER", `None of ${named.join(", ")} can be paid with here.`);
};
