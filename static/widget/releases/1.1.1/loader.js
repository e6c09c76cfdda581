(() => {
if (window.Opentill) return;
const script = document.currentScript;
const SRC = script.dataset.loader || script.src;
const HOME = new URL(SRC).origin;
const STATUS = "requires_payment processing succeeded mismatched failed expired canceled";
const MAY = `forms popups popups-to-escape-sandbox same-origin scripts
top-navigation-by-user-activation top-navigation-to-custom-protocols`;
const SHOWN = "lang theme amount quantity ledgers chains chainTypes".split(" ");
const NAMES = `button pay-button amount-input tip-jar coffee-shop premium-content article-paywall
donation-thermometer progress-bar`;
const STYLE = `dialog{width:min(424px,100%);height:min(var(--h,640px),100% - 32px);max-width:none;
max-height:none;padding:0;border:0;border-radius:20px;overflow:hidden}
dialog::backdrop{background:#0008}
iframe{width:100%;height:100%;border:0}
button,a{position:absolute;inset:6px 6px auto auto;padding:10px 16px;border:0;background:0;color:#767676;font:inherit}
a{inset:40% 0 auto;text-align:center}
:dir(rtl)>button{inset:6px auto auto 6px}
@media(max-width:480px){dialog{height:100%;border-radius:0}}`;
const bus = new EventTarget();
const on = (name, listener) => {
const hear = ({ detail }) => listener(detail);
bus.addEventListener(name, hear);
return () => bus.removeEventListener(name, hear);
};
const split = (words) => words.split(/\s/);
const make = (tag, more) => Object.assign(document.createElement(tag), more);
let shut;
const close = () => shut?.();
let parts;
const load = () => (parts ||= import(`${new URL("components.js", SRC)}`));
const find = async (options) => {
const intent = encodeURIComponent(options.paymentIntent || options.paymentIntentId || "");
const link = encodeURIComponent(options.paymentLink || "");
const page = `/pay/${link}`;
if (intent) return link ? `${page}?paymentIntentId=${intent}` : `/i/${intent}`;
return link && !options.amount && !options.quantity ? page : (await load()).ask(HOME, options);
};
const open = (given = {}, from = document) =>
new Promise((done, fail) => {
close();
const tell = (name, detail) => {
bus.dispatchEvent(new CustomEvent(name, { detail }));
from.dispatchEvent(new CustomEvent(`opentill-${name}`, { detail, bubbles: true, composed: true }));
};
tell("open", given);
const byHand = navigator.userActivation?.isActive;
const options = { ledgers: given.tokenShortcodes, chains: given.chainShortcodes, ...given };
const { title = "Checkout", timeout = 3000 } = options;
const host = make("div");
const root = host.attachShadow({ mode: "open" });
const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);
root.adoptedStyleSheets = [sheet];
const dialog = make("dialog", { ariaLabel: title, onclose: close });
const frame = make("iframe", { title, allow: "clipboard-write" });
const link = make("a", { textContent: options.linkText || "Continue to checkout" });
frame.sandbox = MAY.replace(/\S+/g, "allow-$&");
dialog.append(make("button", { textContent: "✕", ariaLabel: options.closeText || "Close", onclick: close }));
root.append(dialog);
document.body.append(host);
dialog.showModal();
let known = "requires_payment";
let last;
let timer;
const hear = ({ origin, source, data }) => {
if (origin !== HOME || source !== frame.contentWindow || data?.v !== 1) return;
const { t, invoiceId, paymentIntentId, status, version, height } = data;
if (t === "close") close();
if (t === "resize" && Number.isFinite(height)) dialog.style.setProperty("--h", `${height}px`);
if (t !== "ready" && t !== "status") return;
clearTimeout(timer);
frame.hidden = false;
link.hidden = true;
if (t === "ready") tell(t, { paymentIntentId });
if (status === known || !split(STATUS).includes(status)) return;
known = status;
last = { invoiceId, paymentIntentId, status, version };
tell("status", last);
tell(status, last);
};
addEventListener("message", hear);
const mine = (shut = () => {
shut = undefined;
clearTimeout(timer);
removeEventListener("message", hear);
tell("leave");
dialog.onclose = null;
dialog.close();
host.remove();
tell("close", last);
done(last);
});
find(options)
.then((path) => {
if (shut !== mine) return;
const url = new URL(path, HOME);
for (const name of SHOWN) {
if (options[name]) url.searchParams.set(name, options[name]);
}
link.href = url;
url.searchParams.set("view", "modal");
url.searchParams.set("origin", location.origin);
frame.src = url;
let loaded;
frame.onload = () => (loaded = true);
dialog.prepend(link, frame);
timer = setTimeout(() => {
tell("error", { code: "ready_timeout" });
frame.hidden = true;
if (loaded && byHand && options.redirect) location.assign(link.href);
}, timeout);
})
.catch((error) => {
fail(error);
if (shut === mine) close();
tell("error", error);
});
});
const create = (name, config) => {
const element = make(`opentill-${name}`, { config });
const made = {
element,
mount: (where) => {
const place = typeof where === "string" ? document.querySelector(where) : where;
place?.append(element);
return made;
},
unmount: () => element.remove(),
};
return made;
};
window.Opentill = {
open,
close,
create,
on,
onModalWillEnter: on.bind(null, "open"),
onModalWillLeave: on.bind(null, "leave"),
onModalReceiveMessage: on.bind(null, "status"),
};
for (const name of split(NAMES)) {
customElements.define(
`opentill-${name}`,
class extends HTMLElement {
connectedCallback() {
load().then(({ draw }) => draw(this, HOME));
}
},
);
}
})();
