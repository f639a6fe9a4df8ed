import { describe, expect, test } from "vitest";
import { dollars, money, premium, premiumShare } from "../../src/lib/format/money";

describe("money", () => {
  test("shows cents, and rounds halves away from zero", () => {
    expect(money(25_610_000_000)).toBe("$25.61");
    expect(money(25_614_999_999)).toBe("$25.61");
    expect(money(25_615_000_000)).toBe("$25.62");
    expect(money(-210_000_000)).toBe("−$0.21");
  });

  test("carries into the whole dollar instead of showing 100 cents", () => {
    expect(money(1_999_999_999)).toBe("$2.00");
  });

  test("keeps small amounts visible rather than rounding them to nothing", () => {
    expect(money(4_200_000)).toBe("$0.0042");
    expect(money(31_000)).toBe("$0.000031");
  });

  test("never shows what has no price as zero", () => {
    expect(money(null)).toBe("unpriced");
    expect(premium(null)).toBe("not known");
    expect(money(0)).toBe("$0.00");
  });

  test("stays exact where floating point would not", () => {
    expect(dollars(9_007_199_254_740_991)).toBe("9,007,199.25");
  });

  test("gives a premium its sign, and none where it rounds to nothing", () => {
    expect(premium(2_520_000_000)).toBe("+$2.52");
    expect(premium(-9_700_000_000)).toBe("−$9.70");
    expect(premium(0)).toBe("±$0.00");
  });

  test("compares a premium with the primary's cost only where there is one", () => {
    expect(premiumShare(2_520_000_000, 23_090_000_000)).toBe("11 %");
    expect(premiumShare(-210_000_000, 2_090_000_000)).toBe("10 %");
    expect(premiumShare(100_000, 23_090_000_000)).toBe("0.0 %");
    expect(premiumShare(2_520_000_000, 0)).toBeNull();
    expect(premiumShare(null, 5)).toBeNull();
  });
});
