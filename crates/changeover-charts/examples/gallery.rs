//! Draws one of each chart into a folder, to be looked at:
//! `cargo run -p changeover-charts --example gallery -- FOLDER`.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use changeover_charts::{
    CostMinute, PeriodCostInput, SparklineInput, Theme, period_cost, period_cost_png, sparkline,
    sparkline_png,
};
use changeover_domain::time::MINUTE_MS;
use changeover_domain::{Nanodollars, UnixMs};

/// 20 November 2026, 13:50 UTC.
const FROM: UnixMs = UnixMs(1_795_182_600_000);

fn minute(number: i64) -> UnixMs {
    FROM.plus_millis(number * MINUTE_MS)
}

/// A repeatable wobble of -50 to 49.
fn wobble(number: i64) -> i64 {
    (number * 7_919 + number * number * 31).rem_euclid(100) - 50
}

fn cost(number: i64, premium_percent: i64) -> CostMinute {
    let away = (20..69).contains(&number);
    let base = 450_000_000 + wobble(number) * 700_000;
    let on_primary = away.then_some(Nanodollars(base));
    let actual = if away { base + base * premium_percent / 100 } else { base };
    CostMinute { minute: minute(number), actual: Nanodollars(actual), on_primary }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("name a folder")?;
    fs::create_dir_all(&folder)?;
    draw_sparklines(&folder)?;
    draw_closed_periods(&folder)?;
    draw_lasting_period(&folder)
}

fn draw_sparklines(folder: &Path) -> Result<(), Box<dyn Error>> {
    let points = |base: i64, outage: i64| -> Vec<(UnixMs, f64)> {
        let value = |number: i64| {
            let value = base + base * wobble(number) / 400 + if number > 44 { outage } else { 0 };
            f64::from(i32::try_from(value).unwrap_or(0))
        };
        let measured = (0..60).filter(|number| !(20..25).contains(number) && *number != 30);
        measured.map(|number| (minute(number), value(number))).collect()
    };
    for (name, outage) in [("calm", 0), ("outage", 14_000)] {
        let (p95, p99) = (points(5_200, outage), points(8_800, outage * 2));
        let input = SparklineInput {
            width: 160,
            height: 24,
            from: minute(0),
            to: minute(60),
            points_p95: &p95,
            points_p99: &p99,
            step_ms: MINUTE_MS,
            scale_at_least_ms: 15_000.0,
        };
        fs::write(folder.join(format!("sparkline-{name}.svg")), sparkline(&input, Theme::Dark)?)?;
        let png = sparkline_png(&input, Theme::Dark)?;
        fs::write(folder.join(format!("sparkline-{name}.png")), png)?;
    }
    Ok(())
}

fn draw_closed_periods(folder: &Path) -> Result<(), Box<dyn Error>> {
    for (name, premium, theme) in [("dearer", 11, Theme::Dark), ("cheaper", -60, Theme::Light)] {
        let measured = (0..82).filter(|number| *number != 50);
        let minutes: Vec<_> = measured.map(|number| cost(number, premium)).collect();
        let input = PeriodCostInput {
            width: 770,
            height: 230,
            from: minute(0),
            to: minute(82),
            started_at: minute(20).plus_millis(3_000),
            ended_at: Some(minute(68).plus_millis(40_000)),
            minutes: &minutes,
            actual_label: "actual on gpt-main",
            on_primary_label: "same tokens at claude-opus prices",
        };
        draw_period(folder, name, &input, theme)?;
    }
    Ok(())
}

/// It began a moment ago, and its one minute has no price at home.
fn draw_lasting_period(folder: &Path) -> Result<(), Box<dyn Error>> {
    let cost = |number: i64, actual: i64| CostMinute {
        minute: minute(number),
        actual: Nanodollars(actual),
        on_primary: None,
    };
    let minutes = [cost(0, 1_900_000), cost(1, 2_100_000), cost(2, 2_000_000), cost(4, 5_200_000)];
    let input = PeriodCostInput {
        width: 480,
        height: 150,
        from: minute(0),
        to: minute(6),
        started_at: minute(4),
        ended_at: None,
        minutes: &minutes,
        actual_label: "actual on gpt-mini",
        on_primary_label: "same tokens at claude-opus prices",
    };
    draw_period(folder, "lasting", &input, Theme::Dark)
}

fn draw_period(
    folder: &Path,
    name: &str,
    input: &PeriodCostInput<'_>,
    theme: Theme,
) -> Result<(), Box<dyn Error>> {
    fs::write(folder.join(format!("period-{name}.svg")), period_cost(input, theme)?)?;
    fs::write(folder.join(format!("period-{name}.png")), period_cost_png(input, theme)?)?;
    Ok(())
}
