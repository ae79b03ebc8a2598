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

/** Give a canvas so many pixels; one that has them keeps its memory and its picture. */
export function fit(canvas, width, height) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

/** Make a canvas ready for a picture of so many CSS pixels, empty, and return its context. */
export function blank(canvas, width, height) {
  const scale = devicePixelRatio || 1;
  fit(canvas, Math.round(width * scale), Math.round(height * scale));
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}
