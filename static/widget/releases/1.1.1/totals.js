import { Component, make, parts } from "./element.js";
let asked = 0;
export class Bar extends Component {
draw() {
const { label, text, paymentLink } = this.options;
if (paymentLink !== this.shown) {
this.shown = paymentLink;
this.look();
}
return [
make("section", { part: "box" }, ...(text ? [make("p", { part: "text", textContent: text })] : []), ...this.stand()),
this.form(this.button(label || this.word("donate"))),
];
}
async look() {
const query = new URLSearchParams({ link: this.options.paymentLink ?? "", n: `${++asked}` });
try {
this.total = (await import(`${this.home}/widget/v1/total.js?${query}`)).default;
} catch {
this.total = undefined;
}
this.looked = true;
this.refresh();
}
stand() {
const { total } = this;
if (!total) return [make("p", { textContent: this.looked ? this.word("unknown_total") : "" })];
const goal = parts(total.goal ?? "");
const raised = parts(total.raised) ?? 0n;
const share = goal ? Number((raised * 1000n) / goal) / 10 : 0;
const money = (amount) => this.money(amount, total.currency);
const said = [
this.word("raised", { raised: money(total.raised) }),
total.goal ? this.word("goal", { goal: money(total.goal) }) : "",
this.word("payments", { count: `${total.count}` }),
].filter(Boolean);
const inside = make("i", { part: "fill" });
inside.style.setProperty("--_p", `${Math.min(share, 100)}%`);
const bar = make("div", { part: "bar", className: "bar", role: "progressbar" }, inside);
bar.ariaValueNow = `${Math.min(share, 100)}`;
bar.ariaValueText = said.join(" ");
bar.ariaLabel = this.options.text || this.word("raised", { raised: money(total.raised) });
const lines = make("div", { part: "figures" }, ...said.map((one) => make("p", { textContent: one })));
return goal ? [bar, lines] : [lines];
}
succeeded(intent) {
super.succeeded(intent);
this.look();
}
}
export class Thermometer extends Bar {
stand() {
return [make("div", { className: "tall" }, ...super.stand())];
}
}
