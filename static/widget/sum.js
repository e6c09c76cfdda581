/**
 * A link's form says what several come to while the numbers are typed. The server says it
 * too, with and without this file. Sums are whole numbers of the smallest unit: exact.
 */

const total = /** @type {HTMLElement} */ (document.getElementById("total"));
const { digits = "0", each, text = "{n}" } = total.dataset;
const form = /** @type {HTMLFormElement} */ (total.closest("form"));
/** @param {string} name */
const field = (name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
const lang = document.documentElement.lang;
const exact = { minimumFractionDigits: +digits, maximumFractionDigits: +digits };
const shown = new Intl.NumberFormat(`${lang}-u-nu-latn`, exact);

/**
 * Return an amount in the smallest unit, or null where it is none the server would take.
 * @param {string} amount
 */
function units(amount) {
  const [, whole, part = ""] = /^\s*(\d{1,15})(?:[.,](\d*))?\s*$/.exec(amount) ?? [];
  return whole && part.length <= +digits ? BigInt(whole + part.padEnd(+digits, "0")) : null;
}

function sum() {
  const quantity = field("quantity");
  const one = units(each ?? field("amount").value);
  total.hidden = !one || !quantity.checkValidity();
  if (!one || total.hidden) return;
  const all = `${one * BigInt(quantity.value)}`.padStart(+digits + 1, "0");
  const plain = +digits ? `${all.slice(0, -digits)}.${all.slice(-digits)}` : all;
  total.textContent = text.replace("{n}", shown.format(/** @type {never} */ (plain)));
}

form.addEventListener("input", sum);
