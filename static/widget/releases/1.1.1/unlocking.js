import { Component, make } from "./element.js";
const HEIGHT_MAX = 20_000;
let asked = 0;
export class Premium extends Component {
draw() {
const { label, text, resume } = this.options;
if (this.content) return [this.say, this.content];
if (resume && this.resumed !== resume) {
this.resumed = resume;
this.unlock(resume).catch(() => {});
}
const sold = this.form(
make("p", { part: "text", textContent: text || this.word("locked") }),
this.button(label || this.word("unlock")),
);
return [this.teaser(), make("section", { part: "lock" }, sold)];
}
teaser() {
return make("div", { part: "teaser" }, make("slot"));
}
succeeded(intent) {
this.say.textContent = this.word("opening");
this.unlock(intent).catch((error) => {
this.say.textContent = "";
this.wrong.textContent = this.word("not_opened");
this.tell("error", { code: "unlock_failed", message: `${error.message ?? error}` });
});
}
async unlock(intent) {
const { contentUrl } = this.options;
const query = new URLSearchParams({ intent, n: `${++asked}` });
const { default: given } = await import(`${this.home}/widget/v1/unlock.js?${query}`);
const open = contentUrl
? await this.fetched(contentUrl, given.token)
: given.has_content && this.framed(given.token);
this.content = make("div", { part: "content", tabIndex: -1 }, open || make("slot", { name: "unlocked" }));
this.refresh();
this.say.textContent = this.word("opened");
this.tell("unlocked", { paymentIntentId: intent, token: given.token, expiresAt: given.expires_at });
}
async fetched(url, token) {
const answer = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
if (!answer.ok) throw Error(`${url} answered ${answer.status}`);
return make("div", { part: "text", textContent: await answer.text() });
}
framed(token) {
const frame = make("iframe", {
title: this.word("content"),
part: "frame",
src: `${this.home}/widget/v1/content?${new URLSearchParams({ token, lang: this.lang || "en" })}`,
referrerPolicy: "no-referrer",
});
frame.sandbox = "allow-scripts allow-popups allow-popups-to-escape-sandbox";
addEventListener("message", ({ source, data }) => {
const height = data?.v === 1 && data.t === "height" ? data.height : undefined;
if (source === frame.contentWindow && Number.isFinite(height) && height > 0) {
frame.style.height = `${Math.min(height, HEIGHT_MAX)}px`;
}
});
return frame;
}
tell(name, detail) {
this.host.dispatchEvent(new CustomEvent(`opentill-${name}`, { detail, bubbles: true, composed: true }));
}
}
export class Article extends Premium {
teaser() {
return make("div", { part: "teaser", className: "veil" }, make("slot"));
}
}
