const LISTS = ["ledgers", "chains", "chainTypes", "tokenShortcodes", "chainShortcodes", "amounts"];
const STYLE = `:host{display:block;font:inherit;color:inherit;--_a:var(--opentill-accent,#1f6f43);
--_o:var(--opentill-on-accent,#fff);--_l:var(--opentill-line,#8886);--_r:var(--opentill-radius,10px)}
:host([hidden]),[hidden]{display:none!important}
:host(opentill-pay-button),:host(opentill-button){display:inline-block}
*{box-sizing:border-box}
button,input{font:inherit;min-height:44px;padding:8px 16px;border-radius:var(--_r)}
button{border:1px solid var(--_a);background:var(--_a);color:var(--_o);cursor:pointer;font-weight:600}
button[aria-pressed=false]{background:none;color:inherit;border-color:var(--_l)}
button:disabled{opacity:.6;cursor:default}
:focus-visible{outline:3px solid var(--_a);outline-offset:2px}
input{width:100%;border:1px solid #888;background:var(--opentill-field,Field);color:FieldText}
form,section{display:grid;gap:12px;margin:0}
section{padding:20px;border:1px solid var(--_l);border-radius:var(--_r)}
fieldset{display:flex;flex-wrap:wrap;gap:8px;margin:0;padding:0;border:0}
legend{padding:0 0 8px}
label{display:grid;gap:4px}
p{margin:0}
p:empty{display:none}
[role=alert]{color:var(--opentill-wrong,#b3261e)}
::slotted(a){display:none!important}
.veil{position:relative;max-height:14em;overflow:hidden;mask-image:linear-gradient(#000 40%,#0000)}
iframe{width:100%;height:var(--opentill-content-height,60vh);border:0}
.bar{position:relative;block-size:16px;border:1px solid var(--_l);border-radius:99px;overflow:hidden}
.bar i{position:absolute;inset-block:0;inset-inline-start:0;background:var(--_a);inline-size:var(--_p,0)}
.tall{display:grid;grid-template-columns:auto 1fr;gap:16px;align-items:end}
.tall .bar{inline-size:24px;block-size:160px}
.tall .bar i{inset:auto 0 0;inline-size:auto;block-size:var(--_p,0)}
@media(prefers-color-scheme:dark){:host{--_a:var(--opentill-accent,#7fd6a4);--_o:var(--opentill-on-accent,#06210f)}
[role=alert]{color:var(--opentill-wrong,#ffb4ab)}}
@media(prefers-reduced-motion:no-preference){.bar i{transition:inline-size .4s,block-size .4s}}`;
const SHEET = new CSSStyleSheet();
SHEET.replaceSync(STYLE);
const spoken = new Map();
export const wordsIn = async (home, lang) => {
if (!spoken.has(lang)) {
spoken.set(lang, import(`${home}/widget/v1/words.js?lang=${encodeURIComponent(lang)}`));
}
return { ...(await spoken.get(lang))?.default };
};
export const make = (tag, more = {}, ...inside) => {
const made = document.createElement(tag);
for (const [name, value] of Object.entries(more)) {
if (/-|^role$|^part$/.test(name)) made.setAttribute(name, value);
else Object.assign(made, { [name]: value });
}
made.append(...inside);
return made;
};
export const parts = (text) => {
const [, whole, part = ""] = /^(\d{1,16})(?:\.(\d{1,18}))?$/.exec(text) ?? [];
return whole ? BigInt(whole + part.padEnd(18, "0")) : undefined;
};
export const times = (price, count) => {
const [whole = "", part = ""] = price.split(".");
const all = `${BigInt(whole + part) * BigInt(count)}`.padStart(part.length + 1, "0");
return part ? `${all.slice(0, -part.length)}.${all.slice(-part.length)}` : all;
};
const camel = (name) => name.replace(/[-_]./g, (pair) => pair.charAt(1).toUpperCase());
export class Component {
constructor(host, home, words) {
this.host = host;
this.home = home;
this.served = words;
this.options = {};
this.intent = undefined;
this.same = "";
this.kept = {};
this.root = host.attachShadow({ mode: "open" });
this.root.adoptedStyleSheets = [SHEET];
this.say = make("p", { role: "status", part: "status" });
this.wrong = make("p", { role: "alert", part: "error", id: "wrong" });
let given = host.config;
Object.defineProperty(host, "config", {
get: () => given,
set: (config) => {
given = config;
this.refresh();
},
});
host.open = () => this.open();
new MutationObserver(() => this.refresh()).observe(host, { attributes: true });
this.refresh();
}
refresh() {
const options = {};
for (const { name, value } of this.host.attributes) options[camel(name)] = value;
Object.assign(options, this.host.config);
for (const name of LISTS) {
if (typeof options[name] === "string") options[name] = options[name].split(/[\s,]+/).filter(Boolean);
}
for (const name of ["redirect"]) {
options[name] = options[name] != null && options[name] !== false && options[name] !== "false";
}
this.options = options;
const focused = this.root.activeElement?.id;
this.root.replaceChildren(...this.draw());
if (focused) this.root.getElementById(focused)?.focus();
}
draw() {
return [];
}
word(name, filled = {}) {
const { texts = {} } = this.options;
let text = texts[name] ?? this.options[camel(`text-${name}`)] ?? this.served[name] ?? "";
const turned = this.host.matches(":dir(rtl)");
for (const [key, value] of Object.entries(filled)) {
text = text.replace(`%(${key})s`, () => (turned ? `\u2068${value}\u2069` : value));
}
return text;
}
money(amount, currency = this.options.currency || "") {
const { lang } = this.options;
const exact = amount;
try {
const format = new Intl.NumberFormat(lang || this.lang || undefined, { style: "currency", currency });
return format.format(exact);
} catch {
return `${amount} ${currency}`.trim();
}
}
get lang() {
return this.host.closest("[lang]")?.lang || "";
}
button(text, more = {}) {
return make("button", { id: "open", type: "submit", part: "button", textContent: text, ...more });
}
form(...inside) {
const onsubmit = (event) => {
event.preventDefault();
this.open();
};
return make("form", { noValidate: true, part: "form", onsubmit }, ...inside, this.wrong, this.say);
}
chosen() {
return {};
}
open() {
const chosen = this.chosen();
if (!chosen) return;
this.wrong.textContent = this.say.textContent = "";
const asked = { ...this.options, ...chosen };
const same = JSON.stringify([asked.amount, asked.quantity, asked.paymentLink, asked.currency, asked.metadata, asked.recipients]);
if (this.same !== same) this.intent = undefined;
this.same = same;
const { host } = this;
const ready = ({ detail }) => (this.intent = detail.paymentIntentId || this.intent);
const paid = ({ detail }) => this.succeeded(detail.paymentIntentId);
host.addEventListener("opentill-ready", ready);
host.addEventListener("opentill-succeeded", paid);
window.Opentill.open(
{
title: this.word("title"),
closeText: this.word("close"),
linkText: this.word("continue"),
lang: this.lang,
...asked,
paymentIntent: asked.paymentIntent || this.intent,
},
host,
)
.then((last) => {
if (/ed$/.test(last?.status ?? "")) this.intent = undefined;
})
.catch(() => (this.wrong.textContent = this.word("failed")))
.finally(() => {
host.removeEventListener("opentill-ready", ready);
host.removeEventListener("opentill-succeeded", paid);
});
}
succeeded(_intent) {
this.say.textContent = this.word("paid");
}
}
