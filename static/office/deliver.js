// Posts what was given to the program that asked. The button beside it does the same.
const form = document.querySelector("form[data-deliver]");
if (form instanceof HTMLFormElement) form.submit();
export {};
