/** Pictures of the network as files: an SVG that stands alone, and a PNG of it. */

import { host } from "../ports/door.js";

const STYLED = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "stroke-linecap", "stroke-linejoin", "opacity", "font-size", "font-weight", "font-family", "text-anchor", "paint-order"];

/** Return an SVG element as text with its styles written into it and a canvas under it. */
export function svgText(svg, canvases = []) {
  const copy = svg.cloneNode(true);
  const from = [svg, ...svg.querySelectorAll("*")];
  const to = [copy, ...copy.querySelectorAll("*")];
  from.forEach((node, i) => {
    const style = getComputedStyle(node);
    for (const name of STYLED) to[i].setAttribute(name, style.getPropertyValue(name)); // a style attribute is barred by the policy
    for (const name of ["style", "class", "tabindex", "role", "aria-hidden"]) to[i].removeAttribute(name);
  });
  const [, , width, height] = svg.getAttribute("viewBox")?.split(" ") ?? [0, 0, svg.clientWidth, svg.clientHeight];
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  const ground = getComputedStyle(host).getPropertyValue("--panel");
  const images = canvases.filter((canvas) => canvas.width > 0).map((canvas) => `<image href="${canvas.toDataURL()}" width="${width}" height="${height}"/>`);
  const back = document.createElementNS("http://www.w3.org/2000/svg", "g");
  back.innerHTML = `<rect width="${width}" height="${height}" fill="${ground}"/>${images.join("")}`;
  copy.prepend(back);
  return new XMLSerializer().serializeToString(copy);
}

/** Return a PNG of an SVG's text at twice its size. */
export async function pngOf(text, scale = 2) {
  const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width * scale;
  canvas.height = image.height * scale;
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(url);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}
