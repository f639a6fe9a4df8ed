//! Times in words, UTC, none over another.

use changeover_domain::UnixMs;
use changeover_domain::time::MINUTE_MS;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use plotters::style::text_anchor::{HPos, VPos};

use super::{Axes, TEXT_SIZE};
use crate::period_cost::PeriodCostInput;
use crate::surface::{ChartError, Pen, width_of};
use crate::theme::Ink;

/// Steps in minutes at which times are round: up to a week.
const STEPS: [i64; 14] = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 10_080];
const MOST_TIMES: i64 = 8;

/// The times on the axis, and where each text begins: when the fallback began and ended, where the
/// chart begins (with the zone), and as many round times as fit between.
pub(super) fn labels(
    input: &PeriodCostInput<'_>,
    axes: &Axes,
    pen: &Pen,
) -> Result<Vec<(i32, String)>, ChartError> {
    let format = format_for(input.from, input.to);
    let style = pen.words(Ink::FaintWords, TEXT_SIZE, HPos::Left, VPos::Center);
    let wanted = [Some(input.started_at), input.ended_at].into_iter().flatten();
    let inside = wanted.filter(|at| (input.from..=input.to).contains(at));
    let mut taken: Vec<(i32, i32, String)> = Vec::new();
    let first = input.from;
    for at in inside.chain([first]).chain(round_times(input.from, input.to)) {
        let mut text = words(at, format);
        if at == first {
            text.push_str(" UTC");
        }
        let wide = width_of(&text, &style)?;
        // Centred on its time, but for the first, and within the frame.
        let centred = axes.x(at).saturating_sub(wide / 2);
        let last = axes.right.saturating_sub(wide);
        let begins = if at == first { axes.left } else { centred.min(last).max(axes.left) };
        let ends = begins.saturating_add(wide);
        let room = pen.px(12);
        let free = taken.iter().all(|(left, right, _)| {
            ends.saturating_add(room) <= *left || right.saturating_add(room) <= begins
        });
        if free {
            taken.push((begins, ends, text));
        }
    }
    Ok(taken.into_iter().map(|(begins, _, text)| (begins, text)).collect())
}

fn round_times(from: UnixMs, to: UnixMs) -> impl Iterator<Item = UnixMs> {
    let minutes = to.millis_since(from) / MINUTE_MS;
    let step = STEPS.into_iter().find(|step| minutes / step <= MOST_TIMES);
    let step_ms = step.unwrap_or(minutes.max(1)).saturating_mul(MINUTE_MS);
    let first = from.0.div_euclid(step_ms).saturating_add(1).saturating_mul(step_ms);
    let times = std::iter::successors(Some(first), move |at| at.checked_add(step_ms));
    times.take_while(move |at| *at <= to.0).take(64).map(UnixMs)
}

/// With the day where the chart has more than one.
fn format_for(from: UnixMs, to: UnixMs) -> &'static str {
    let day = |at: UnixMs| at.0.div_euclid(24 * 60 * MINUTE_MS);
    if day(from) == day(to) { "%H:%M" } else { "%-d %b %H:%M" }
}

fn words(at: UnixMs, format: &str) -> String {
    Timestamp::from_millisecond(at.0).map_or_else(
        |_| "?".to_owned(),
        |at| at.to_zoned(TimeZone::UTC).strftime(format).to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: UnixMs = UnixMs(1_795_183_200_000);

    #[test]
    fn round_times_are_round_by_the_clock_and_few() {
        let minutes = |count: i64| T.plus_millis(count * MINUTE_MS);
        let times: Vec<String> =
            round_times(minutes(7), minutes(82)).map(|at| words(at, "%H:%M")).collect();
        assert_eq!(times, ["14:10", "14:20", "14:30", "14:40", "14:50", "15:00", "15:10", "15:20"]);
        assert!(round_times(UnixMs(i64::MIN), UnixMs(i64::MAX)).count() <= 64, "never endless");
    }

    #[test]
    fn a_chart_over_midnight_names_the_days() {
        assert_eq!(words(T, format_for(T, T.plus_millis(MINUTE_MS))), "14:00");
        let tomorrow = T.plus_millis(24 * 60 * MINUTE_MS);
        assert_eq!(words(T, format_for(T, tomorrow)), "20 Nov 14:00");
    }
}
