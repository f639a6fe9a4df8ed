/**
 * Pictures that the engine drew. They come from our own process, yet only shapes and words are let
 * through: no script, no handler, no style sheet, no reference to anything outside the picture.
 */
const ALLOWED_ELEMENTS = new Set(
  (
    "svg g path polyline polygon line rect circle ellipse text tspan title desc defs " +
    "clipPath linearGradient stop"
  ).split(" "),
);

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";

export function readSvg(source: string): SVGSVGElement | null {
  const parsed = new DOMParser().parseFromString(source, "image/svg+xml");
  const root = parsed.documentElement;
  if (parsed.querySelector("parsererror") || !isAllowed(root) || root.localName !== "svg") {
    return null;
  }
  clean(root);
  root.setAttribute("aria-hidden", "true");
  root.setAttribute("focusable", "false");
  return document.importNode(root, true) as unknown as SVGSVGElement;
}

function isAllowed(element: Element): boolean {
  return element.namespaceURI === SVG_NAMESPACE && ALLOWED_ELEMENTS.has(element.localName);
}

function clean(element: Element): void {
  for (const attribute of [...element.attributes]) {
    if (!isHarmless(attribute)) element.removeAttributeNode(attribute);
  }
  for (const child of [...element.childNodes]) {
    if (child.nodeType === Node.TEXT_NODE) continue;
    const isElement = child.nodeType === Node.ELEMENT_NODE;
    if (isElement && isAllowed(child as Element)) clean(child as Element);
    else child.remove();
  }
}

function isHarmless({ name, value }: Attr): boolean {
  if (/^on/i.test(name) || name === "style" || /href$/i.test(name)) return false;
  return !/url\((?!\s*['"]?#)/i.test(value) && !/javascript:/i.test(value);
}
