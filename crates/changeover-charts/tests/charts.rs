//! The pictures from outside: what is in them, that they are safe, small and themable.

use changeover_charts::{
    ChartError, CostMinute, PeriodCostInput, SPARKLINE_MAX_BYTES, SparklineInput, Theme,
    period_cost, period_cost_png, sparkline, sparkline_png,
};
use changeover_domain::time::MINUTE_MS;
use changeover_domain::{Nanodollars, UnixMs};
use proptest::prelude::*;

/// 20 November 2026, 14:00 UTC.
const T0: UnixMs = UnixMs(1_795_183_200_000);

fn minute(number: i64) -> UnixMs {
    T0.plus_millis(number * MINUTE_MS)
}

fn line(p95: &[(UnixMs, f64)], theme: Theme) -> Result<String, ChartError> {
    sparkline(&spark(p95), theme)
}

fn spark(p95: &[(UnixMs, f64)]) -> SparklineInput<'_> {
    SparklineInput {
        width: 160,
        height: 24,
        from: minute(0),
        to: minute(60),
        points_p95: p95,
        points_p99: &[],
        step_ms: MINUTE_MS,
        scale_at_least_ms: 0.0,
    }
}

fn costs(range: std::ops::Range<i64>) -> Vec<CostMinute> {
    range
        .map(|number| CostMinute {
            minute: minute(number),
            actual: Nanodollars(400_000_000 + number * 10_000_000),
            on_primary: (5..15).contains(&number).then_some(Nanodollars(350_000_000)),
        })
        .collect()
}

fn period(minutes: &[CostMinute]) -> PeriodCostInput<'_> {
    PeriodCostInput {
        width: 480,
        height: 160,
        from: minute(0),
        to: minute(20),
        started_at: minute(5),
        ended_at: Some(minute(15)),
        minutes,
        actual_label: "actual on gpt-main",
        on_primary_label: "same tokens at claude-opus prices",
    }
}

fn count(svg: &str, what: &str) -> usize {
    svg.matches(what).count()
}

#[test]
fn a_sparkline_climbs_when_values_climb_and_keeps_its_gap() {
    let points = [0, 1, 2, 10, 11].map(|n| (minute(n), if n < 10 { 100.0 } else { 900.0 }));
    insta::assert_snapshot!(line(&points, Theme::Dark).unwrap());
}

#[test]
fn a_minute_that_stands_alone_is_seen() {
    let svg = line(&[(minute(30), 100.0)], Theme::Dark).unwrap();
    assert_eq!(count(&svg, "<polyline"), 1);
    let none = line(&[], Theme::Dark).unwrap();
    assert_eq!(count(&none, "<polyline"), 0, "nothing measured, nothing drawn");
}

#[test]
fn a_scale_that_reaches_further_lets_a_calm_line_lie_low() {
    let calm = [(minute(0), 500.0), (minute(1), 500.0)];
    let fitted = line(&calm, Theme::Dark).unwrap();
    let held = SparklineInput { scale_at_least_ms: 15_000.0, ..spark(&calm) };
    let height = |svg: &str| -> u32 {
        let (_, after) = svg.split_once("points=\"0,").unwrap();
        after.split([' ', '"']).next().unwrap().parse().unwrap()
    };
    let held = sparkline(&held, Theme::Dark).unwrap();
    assert!(height(&fitted) < height(&held), "lower on the screen is a larger y");
}

#[test]
fn the_chart_of_a_period_has_axes_window_lines_and_their_names() {
    insta::assert_snapshot!(period_cost(&period(&costs(0..20)), Theme::Dark).unwrap());
}

#[test]
fn a_missing_minute_and_a_missing_price_break_the_lines() {
    let mut minutes = costs(0..20);
    let whole = period_cost(&period(&minutes), Theme::Dark).unwrap();
    minutes.remove(17);
    let broken = period_cost(&period(&minutes), Theme::Dark).unwrap();
    assert_eq!(count(&broken, "<polyline"), count(&whole, "<polyline") + 1);
    for cost in &mut minutes {
        cost.on_primary = None;
    }
    let unpriced = period_cost(&period(&minutes), Theme::Dark).unwrap();
    assert!(!unpriced.contains("claude-opus"), "no price, no line, no name");
    assert!(unpriced.contains("gpt-main"));
}

#[test]
fn a_period_that_lasts_is_shaded_to_the_end_and_has_no_end_on_the_axis() {
    let minutes = costs(0..20);
    let lasting = PeriodCostInput { ended_at: None, ..period(&minutes) };
    let svg = period_cost(&lasting, Theme::Dark).unwrap();
    let (_, rect) = svg.split_once("<rect").unwrap();
    let attribute = |name: &str| -> u32 {
        let (_, after) = rect.split_once(&format!(" {name}=\"")).unwrap();
        after.split('"').next().unwrap().parse().unwrap()
    };
    assert_eq!(attribute("x") + attribute("width"), (480 - 2) * 4);
}

#[test]
fn names_cannot_bring_anything_into_the_page() {
    let minutes = costs(0..20);
    let hostile = PeriodCostInput {
        actual_label: "</text><script>alert(1)</script>\u{0}\u{1b}",
        on_primary_label: "\" onload=\"alert(1)\" x=\"#ABCD01\"",
        ..period(&minutes)
    };
    let svg = period_cost(&hostile, Theme::Dark).unwrap();
    assert!(!svg.contains("<script") && !svg.contains(" onload=\""), "{svg}");
    assert!(svg.contains("&quot;#ABCD01&quot;"), "a text that looks like a colour stays a text");
    assert!(!svg.chars().any(|character| character.is_control() && character != '\n'));
    for word in ["style=", "href", "id=", "url("] {
        assert!(!svg.contains(word), "{word} has no place in a picture");
    }
}

#[test]
fn every_colour_is_the_pages_and_falls_back_to_the_theme() {
    let minutes = costs(0..20);
    let dark = period_cost(&period(&minutes), Theme::Dark).unwrap();
    let light = period_cost(&period(&minutes), Theme::Light).unwrap();
    for svg in [&dark, &light] {
        assert_eq!(count(svg, "\"#"), 0, "no colour stands by itself");
        assert!(svg.contains("\"var(--status-override-fg,#"));
    }
    assert_ne!(dark, light, "without a style sheet the theme shows");
    let shapes = |svg: &str| {
        svg.split("var(")
            .map(|part| part.split_once(')').map(|(_, rest)| rest.to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(shapes(&dark)[1..], shapes(&light)[1..], "only the colours differ");
}

#[test]
fn a_png_is_twice_as_large_as_its_size_and_has_the_themes_paper() {
    let points = [(minute(0), 100.0), (minute(59), 900.0)];
    let minutes = costs(0..20);
    let read = |bytes: &[u8]| {
        let mut reader =
            png::Decoder::new(std::io::Cursor::new(bytes.to_vec())).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        (info.width, info.height, pixels[0..3].to_vec())
    };
    let spark = sparkline_png(&spark(&points), Theme::Light).unwrap();
    assert_eq!(read(&spark), (320, 48, vec![0xFF, 0xFF, 0xFF]));
    let period = period_cost_png(&period(&minutes), Theme::Dark).unwrap();
    assert_eq!(read(&period), (960, 320, vec![0x10, 0x13, 0x16]));
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let huge = SparklineInput { width: 100_000, ..spark(&[]) };
    let refused = sparkline(&huge, Theme::Dark).unwrap_err();
    assert!(refused.to_string().contains("8 to 4000"), "{refused}");
    let backwards = SparklineInput { to: minute(0), ..spark(&[]) };
    let refused = sparkline(&backwards, Theme::Dark).unwrap_err();
    assert!(matches!(refused, ChartError::EmptyRange), "{refused}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_sparkline_is_small_whatever_is_in_it(
        points in proptest::collection::vec((0_i64..86_400_000, any::<f64>()), 0..3_000),
        width in 8_u32..2_000,
    ) {
        let points: Vec<_> = points.iter().map(|(at, value)| (T0.plus_millis(*at), *value)).collect();
        let input = SparklineInput {
            width,
            to: T0.plus_millis(86_400_000),
            points_p99: &points,
            step_ms: 1_000,
            ..spark(&points)
        };
        let svg = sparkline(&input, Theme::Dark).unwrap();
        prop_assert!(svg.len() < SPARKLINE_MAX_BYTES, "{} bytes", svg.len());
    }

    #[test]
    fn any_period_is_drawn(
        minutes in proptest::collection::vec((-100_i64..5_000, any::<i64>(), any::<Option<i64>>()), 0..60),
        start in any::<i64>(),
        end in any::<Option<i64>>(),
        width in 120_u32..1_000,
        height in 120_u32..600,
    ) {
        let minutes: Vec<_> = minutes
            .iter()
            .map(|(number, actual, on_primary)| CostMinute {
                minute: minute(*number),
                actual: Nanodollars(*actual),
                on_primary: on_primary.map(Nanodollars),
            })
            .collect();
        let input = PeriodCostInput {
            width,
            height,
            started_at: UnixMs(start),
            ended_at: end.map(UnixMs),
            to: minute(4_000),
            ..period(&minutes)
        };
        let svg = period_cost(&input, Theme::Light).unwrap();
        prop_assert!(svg.starts_with("<svg width=") && svg.trim_end().ends_with("</svg>"));
        prop_assert!(svg.contains("20 Nov 14:00 UTC"), "the axis always says where it begins");
    }
}
