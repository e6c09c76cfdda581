/**
 * Opentill's components for React: `<Opentill src="https://till.example" component="tip-jar" … />`.
 *
 * The element is made by React and drawn by the loader, which is fetched once a page. Options
 * go to its `config` as they are, so they may change at any time; what happens comes back by
 * `onStatus`, `onSuccess` and `onError`. Copy this file, or import it: it needs React alone.
 */

import { createElement, useEffect, useRef } from "react";

/** @type {(src: string) => void} */
const load = (src) => {
  if (window.Opentill || document.querySelector("script[data-opentill]")) return;
  const script = document.createElement("script");
  script.src = /\.js$/.test(src) ? src : `${src}/widget/v1/loader.js`;
  script.async = true;
  script.dataset.opentill = "";
  document.head.append(script);
};

/**
 * One component. What is not named here is an option of it; children are its light DOM.
 * @param {import("./react").OpentillProps} props
 */
export function Opentill({ src, component = "pay-button", className, id, children, ...props }) {
  const { onStatus, onSuccess, onError, ...config } = props;
  /** @type {import("react").MutableRefObject<any>} */
  const place = useRef(null);
  /** @type {import("react").MutableRefObject<any>} */
  const told = useRef({});
  useEffect(() => {
    told.current = { status: onStatus, succeeded: onSuccess, error: onError };
  });
  const said = JSON.stringify(config);
  useEffect(() => {
    place.current.config = config;
    load(src);
  }, [src, said]);
  useEffect(() => {
    const element = place.current;
    const names = ["status", "succeeded", "error"];
    /** @type {(event: any) => void} */
    const hear = ({ type, detail }) => told.current[type.slice(9)]?.(detail);
    for (const name of names) element.addEventListener(`opentill-${name}`, hear);
    return () => {
      for (const name of names) element.removeEventListener(`opentill-${name}`, hear);
    };
  }, []);
  return createElement(`opentill-${component}`, { ref: place, class: className, id }, children);
}
