import { describe, expect, test } from "vitest";
import {
  coarseSeconds,
  percent,
  plural,
  requestsPerMinute,
  seconds,
  shareOf,
} from "../../src/lib/format/figures";

describe("figures", () => {
  test("seconds keep their unit apart", () => {
    expect(seconds(4_812)).toEqual({ number: "4.81", unit: "s" });
    expect(seconds(12_440)).toEqual({ number: "12.4", unit: "s" });
    expect(coarseSeconds(19_240).number).toBe("19.2");
    expect(coarseSeconds(104_400).number).toBe("104");
    expect(coarseSeconds(420).number).toBe("0.42");
  });

  test("a share above nothing is never shown as nothing", () => {
    expect(percent(0).number).toBe("0.0");
    expect(percent(0.0001).number).toBe("<0.1");
    expect(percent(0.41).number).toBe("41.0");
  });

  test("a share below everything is never shown as everything", () => {
    expect(percent(0.9999).number).toBe("99.9");
    expect(shareOf(20_029, 20_030)?.number).toBe("99.9");
    expect(shareOf(20_030, 20_030)?.number).toBe("100");
  });

  test("nothing counted is no share at all", () => {
    expect(shareOf(0, 0)).toBeNull();
  });

  test("counts read as words", () => {
    expect(plural(1, "override")).toBe("1 override");
    expect(plural(12_000, "override")).toBe("12,000 overrides");
    expect(requestsPerMinute(1_930.4)).toBe("1,930 req/min");
    expect(requestsPerMinute(0.5)).toBe("0.5 req/min");
  });
});
