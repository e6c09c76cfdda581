import { Component, make, parts, times, wordsIn } from "./element.js";
import { Article, Premium } from "./unlocking.js";
import { Bar, Thermometer } from "./totals.js";
const SOLD = ["amount", "quantity", "metadata", "ledgers", "chains", "chain_types"];
const ASKED = [
...["amount", "currency", "description", "order_id", "customer_email", "success_url"],
...["cancel_url", "metadata", "recipients", "ledgers", "chains", "chain_types"],
];
const AMOUNTS = ["3", "5", "10"];
const COUNTS = [1, 3, 5];
class PayButton extends Component {
draw() {
const inside = this.host.textContent.trim();
const label = this.options.label || inside || this.word("pay");
const button = this.button(label, { type: "button", onclick: () => this.open() });
return [button, this.wrong];
}
succeeded(_intent) {}
}
class AmountInput extends Component {
draw() {
return [this.form(this.field(), this.button(this.options.label || this.word("pay")))];
}
field(label) {
const { value = "", currency = "", min, max } = this.options;
this.input = make("input", {
id: "amount",
part: "input",
inputMode: "decimal",
autocomplete: "off",
value: this.kept.amount ?? value,
oninput: () => (this.kept.amount = this.input.value),
"aria-describedby": "limits wrong",
});
const limits = [
min && this.word("least", { least: this.money(min) }),
max && this.word("most", { most: this.money(max) }),
];
return make(
"label",
{ part: "label" },
[label ?? (this.options.text || this.word("amount")), currency && `(${currency})`].filter(Boolean).join(" "),
this.input,
make("small", { id: "limits", textContent: limits.filter(Boolean).join(" ") }),
);
}
chosen() {
const { min, max } = this.options;
const amount = this.input.value.trim().replace(",", ".");
const value = parts(amount);
let wrong = "";
if (!value) wrong = this.word("wrong", { example: "5.00" });
else if (min && value < (parts(min) ?? 0n)) wrong = this.word("least", { least: this.money(min) });
else if (max && value > (parts(max) ?? value)) wrong = this.word("most", { most: this.money(max) });
this.wrong.textContent = wrong;
this.input.setAttribute("aria-invalid", `${Boolean(wrong)}`);
if (!wrong) return { amount };
this.input.focus();
return undefined;
}
}
class TipJar extends AmountInput {
draw() {
const { amounts = AMOUNTS, other, value } = this.options;
const own = value && other !== "false" ? "" : amounts[0];
this.kept.tip ??= amounts.includes(value) ? value : own;
const choices = [...amounts, ""].filter((one) => one || other !== "false");
const buttons = choices.map((one, index) =>
make("button", {
id: `tip-${index}`,
type: "button",
part: "choice",
"aria-pressed": `${one === this.kept.tip}`,
textContent: one ? this.money(one) : this.word("other"),
onclick: () => {
this.kept.tip = one;
this.refresh();
},
}),
);
const legend = make("legend", { textContent: this.options.text || this.word("tip") });
const field = this.kept.tip ? [] : [this.field(this.word("other"))];
const label = this.options.label || this.word("tip_now");
return [this.form(make("fieldset", {}, legend, ...buttons), ...field, this.button(label))];
}
chosen() {
return this.kept.tip ? { amount: this.kept.tip } : super.chosen();
}
}
class CoffeeShop extends Component {
choices() {
const { price = "5.00", counts = COUNTS, items } = this.options;
if (!items) return [...counts].map((one) => ({ name: `☕ × ${one}`, amount: times(price, +one), quantity: +one }));
const sold = ({ name, price }) => ({ name: `${name} · ${this.money(price)}`, amount: price, item: name });
return items.map(sold);
}
choice() {
const all = this.choices();
const named = all.findIndex(({ item }) => item && item === this.options.value);
this.kept.choice ??= Math.max(named, 0);
return all[this.kept.choice] ?? all[0] ?? {};
}
draw() {
const chosen = this.choice();
const buttons = this.choices().map(({ name, quantity, item }, index) =>
make("button", {
id: `cups-${quantity ?? index}`,
type: "button",
part: "choice",
"aria-pressed": `${quantity === chosen.quantity && item === chosen.item}`,
textContent: name,
onclick: () => {
this.kept.choice = index;
this.refresh();
},
}),
);
const legend = make("legend", { textContent: this.options.text || this.word("coffee") });
const amount = this.money(chosen.amount);
const label = this.options.label || this.word("pay_amount", { amount });
return [this.form(make("fieldset", {}, legend, ...buttons), this.button(label))];
}
chosen() {
const { metadata, byQuantity } = this.options;
const { amount, quantity, item } = this.choice();
if (item) return { amount, metadata: { ...metadata, item } };
return byQuantity != null && byQuantity !== "false" ? { quantity } : { amount };
}
}
const KINDS = {
button: PayButton,
"pay-button": PayButton,
"amount-input": AmountInput,
"tip-jar": TipJar,
"coffee-shop": CoffeeShop,
"premium-content": Premium,
"article-paywall": Article,
"donation-thermometer": Thermometer,
"progress-bar": Bar,
};
const drawn = new WeakSet();
export const draw = async (host, home) => {
const Kind = KINDS[host.localName.slice(9)];
if (!Kind || drawn.has(host)) return;
drawn.add(host);
if (document.readyState === "loading") {
await new Promise((done) => document.addEventListener("DOMContentLoaded", done));
}
const lang = host.config?.lang || host.closest("[lang]")?.lang || "";
new Kind(host, home, await wordsIn(home, lang));
};
export const ask = async (home, options) => {
const link = options.paymentLink ? encodeURIComponent(options.paymentLink) : "";
const body = {};
for (const name of link ? SOLD : ASKED) {
body[name] = options[name.replace(/_./g, (pair) => pair.charAt(1).toUpperCase())] || undefined;
}
body.amount &&= `${body.amount}`;
const headers = { "Content-Type": "application/json" };
if (!link) headers.Authorization = `Bearer ${options.publishableKey}`;
const answer = await fetch(`${home}/v1/payment_${link ? `links/${link}/` : ""}intents`, {
method: "POST",
headers,
body: JSON.stringify(body),
});
const made = await answer.json();
if (answer.ok) return `/i/${made.id}`;
if (link) return `/pay/${link}`;
throw Object.assign(Error(made.detail), made);
};
