import { describe, expect, test } from "vitest";
import { readSvg } from "../../src/lib/format/svg";

const open = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">';

describe("pictures from the engine", () => {
  test("shapes and words come through with their looks", () => {
    const svg = readSvg(
      `${open}<polyline points="0,0 5,5" stroke="#9fb0bd"/><text x="1">p95</text></svg>`,
    );
    expect(svg?.querySelector("polyline")?.getAttribute("stroke")).toBe("#9fb0bd");
    expect(svg?.textContent).toBe("p95");
    expect(svg?.getAttribute("aria-hidden")).toBe("true");
  });

  test.each([
    ["a script", "<script>alert(1)</script>"],
    ["a handler", '<rect onload="alert(1)"/>'],
    [
      "foreign markup",
      '<foreignObject><b xmlns="http://www.w3.org/1999/xhtml">x</b></foreignObject>',
    ],
    ["an outside picture", '<image href="http://example.org/x.png"/>'],
    ["an outside link", '<a href="javascript:alert(1)"><rect/></a>'],
    ["an outside paint", '<rect fill="url(http://example.org/#x)"/>'],
    ["a style", '<rect style="background:url(//example.org)"/><style>*{}</style>'],
  ])("%s is left out", (_, inner) => {
    const text = readSvg(`${open}${inner}</svg>`)?.outerHTML ?? "";
    expect(text).toContain("<svg");
    expect(text).not.toMatch(/script|onload|foreign|href|example|style|alert/i);
  });

  test("a paint inside the picture stays", () => {
    const text = readSvg(`${open}<rect fill="url(#fade)"/></svg>`)?.outerHTML;
    expect(text).toContain("url(#fade)");
  });

  test("what is no picture is none", () => {
    expect(readSvg("not xml <")).toBeNull();
    expect(readSvg('<html xmlns="http://www.w3.org/1999/xhtml"/>')).toBeNull();
  });
});
