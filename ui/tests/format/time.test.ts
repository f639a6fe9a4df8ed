import { describe, expect, test } from "vitest";
import {
  ago,
  clockTime,
  dayAndMinute,
  lasted,
  lengthInWords,
  momentNear,
} from "../../src/lib/format/time";

const at = Date.UTC(2024, 10, 20, 14, 10, 3);

describe("time", () => {
  test("moments are UTC, with the day where it is another one", () => {
    expect(clockTime(at)).toBe("14:10:03");
    expect(dayAndMinute(at)).toBe("20 Nov 14:10");
    expect(momentNear(at, at + 60_000)).toBe("14:10:03");
    expect(momentNear(at, at + 86_400_000)).toBe("20 Nov 14:10");
  });

  test("lengths grow from minutes to hours to days", () => {
    expect(lasted(372_000)).toBe("06:12");
    expect(lasted(9_060_000)).toBe("2:31:00");
    expect(lasted(90_000_000)).toBe("1 d 1 h");
    expect(lengthInWords(2_917_000)).toBe("48 m 37 s");
    expect(lengthInWords(23_900)).toBe("23 s");
  });

  test("a clock that is a little ahead makes no negative ages", () => {
    expect(ago(at + 5_000, at)).toBe("0 s ago");
    expect(lasted(-5_000)).toBe("00:00");
  });
});
