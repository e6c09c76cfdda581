/**
 * Premium content and the paywall. What is sold is not in the page: it comes from the
 * checkout's server or the site's own, against a token that is signed, short-lived and given
 * for a payment that stands. Nothing is hidden here, so nothing can be uncovered.
 *
 * The payment intent's id is the right to a token. It is held in memory alone; a site that
 * knows its visitor gives it back with `resume`.
 */

import { Component, make } from "./element.js";

const HEIGHT_MAX = 20_000;
let asked = 0; // a module is fetched once an address, so each question has its own

/** What is sold, behind a button. */
export class Premium extends Component {
  draw() {
    const { label, text, resume } = this.options;
    if (this.content) return [this.say, this.content];
    if (resume && this.resumed !== resume) {
      this.resumed = resume;
      this.unlock(resume).catch(() => {}); // not paid, or not any more: it stays for sale
    }
    const sold = this.form(
      make("p", { part: "text", textContent: text || this.word("locked") }),
      this.button(label || this.word("unlock")),
    );
    return [this.teaser(), make("section", { part: "lock" }, sold)];
  }

  /** Return what anybody may read: what stands inside the element. @returns {Node} */
  teaser() {
    return make("div", { part: "teaser" }, make("slot"));
  }

  /** @param {string} intent */
  succeeded(intent) {
    this.say.textContent = this.word("opening");
    this.unlock(intent).catch((error) => {
      this.say.textContent = "";
      this.wrong.textContent = this.word("not_opened");
      this.tell("error", { code: "unlock_failed", message: `${error.message ?? error}` });
    });
  }

  /** Get a token for a paid intent, and what it opens. @param {string} intent */
  async unlock(intent) {
    const { contentUrl } = this.options;
    const query = new URLSearchParams({ intent, n: `${++asked}` });
    /** @type {{ default: { token: string, expires_at: string, has_content: boolean } }} */
    const { default: given } = await import(`${this.home}/widget/v1/unlock.js?${query}`);
    const open = contentUrl
      ? await this.fetched(contentUrl, given.token)
      : given.has_content && this.framed(given.token);
    // With neither, the site's own script shows what it sells when it hears of the token.
    this.content = make("div", { part: "content", tabIndex: -1 }, open || make("slot", { name: "unlocked" }));
    this.refresh();
    this.say.textContent = this.word("opened");
    this.tell("unlocked", { paymentIntentId: intent, token: given.token, expiresAt: given.expires_at });
  }

  /** Return what the site's own server gives for a token, as text.
   * @param {string} url @param {string} token */
  async fetched(url, token) {
    const answer = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
    if (!answer.ok) throw Error(`${url} answered ${answer.status}`);
    return make("div", { part: "text", textContent: await answer.text() });
  }

  /** Return what our server keeps for the link, in a frame that can run nothing of it.
   * @param {string} token */
  framed(token) {
    const frame = make("iframe", {
      title: this.word("content"),
      part: "frame",
      src: `${this.home}/widget/v1/content?${new URLSearchParams({ token, lang: this.lang || "en" })}`,
      referrerPolicy: "no-referrer",
    });
    frame.sandbox = "allow-scripts allow-popups allow-popups-to-escape-sandbox";
    // Its origin is opaque, so its window is all there is to know it by; a height is all it may say.
    addEventListener("message", ({ source, data }) => {
      const height = data?.v === 1 && data.t === "height" ? data.height : undefined;
      if (source === frame.contentWindow && Number.isFinite(height) && height > 0) {
        frame.style.height = `${Math.min(height, HEIGHT_MAX)}px`;
      }
    });
    return frame;
  }

  /** @param {string} name @param {object} detail */
  tell(name, detail) {
    this.host.dispatchEvent(new CustomEvent(`opentill-${name}`, { detail, bubbles: true, composed: true }));
  }
}

/** The same for an article: its beginning fades out. */
export class Article extends Premium {
  teaser() {
    return make("div", { part: "teaser", className: "veil" }, make("slot"));
  }
}
