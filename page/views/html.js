/** Markup: htm bound to preact, and the hooks the views use. */
import htm from "htm";
import { h, render } from "preact";
import { useEffect, useLayoutEffect, useRef as useTypedRef, useState as useTypedState } from "preact/hooks";

export const html = htm.bind(h);
export { render, useEffect, useLayoutEffect };
/** @type {(initial?: any) => { current: any }} */
export const useRef = useTypedRef;
/** @type {(initial?: any) => [any, (next: any) => void]} */
export const useState = useTypedState;

/** Return the width of an element, following its changes. */
export function useWidth(ref) {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.round(entry.contentRect.width)));
    setWidth(Math.round(ref.current.getBoundingClientRect().width));
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return width;
}
