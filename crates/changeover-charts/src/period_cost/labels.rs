//! The names of the lines, at the lines: above the upper, below the lower, over none.

use plotters::style::text_anchor::{HPos, VPos};

use super::PeriodCostInput;
use super::axis::{Axes, TEXT_SIZE};
use super::lines::Lines;
use crate::surface::{ChartError, Pen, width_of};
use crate::theme::Ink;

/// Longer names than this are cut: they would not fit either.
const MOST_CHARACTERS: usize = 60;
/// From a line to the middle of its name, in pixels.
const DISTANCE: i32 = 13;

/// One name, and where its text begins and has its middle.
#[derive(Debug)]
pub(super) struct Label {
    pub(super) text: String,
    pub(super) ink: Ink,
    pub(super) at: (i32, i32),
}

pub(super) fn of(
    input: &PeriodCostInput<'_>,
    axes: &Axes,
    lines: &Lines,
    pen: &Pen,
) -> Result<Vec<Label>, ChartError> {
    let actual = (clean(input.actual_label), Ink::Away);
    let instead = (clean(input.on_primary_label), Ink::Words);
    let mut names = Vec::new();
    if !lines.away.is_empty() {
        names.push(actual);
    }
    if !lines.on_primary.is_empty() {
        names.push(instead);
    }
    // The dearer line's name stands above both.
    if spent_less(input) {
        names.reverse();
    }
    let mut widest = 0;
    for (text, ink) in &names {
        let style = pen.words(*ink, TEXT_SIZE, HPos::Left, VPos::Center);
        widest = widest.max(width_of(text, &style)?);
    }
    Ok(place(names, widest, input, (axes, lines, pen)))
}

fn place(
    names: Vec<(String, Ink)>,
    widest: i32,
    input: &PeriodCostInput<'_>,
    (axes, lines, pen): (&Axes, &Lines, &Pen),
) -> Vec<Label> {
    let (start, end) = axes.window(input);
    let middle = start.saturating_add(end) / 2;
    let last = axes.right.saturating_sub(widest).max(axes.left);
    let left = middle.saturating_sub(widest / 2).clamp(axes.left, last);
    let Some((highest, lowest)) = lines.extent(left, left.saturating_add(widest)) else {
        return Vec::new();
    };
    let above = highest.saturating_sub(pen.px(DISTANCE));
    let below = lowest.saturating_add(pen.px(DISTANCE));
    let fits_below = below.saturating_add(pen.px(TEXT_SIZE)) <= axes.bottom;
    let count = names.len();
    let of = |(number, (text, ink)): (usize, (String, Ink))| {
        let y = match (number, count) {
            (1, _) if fits_below => below,
            // Two above one another: the second is nearer to the lines.
            (0, 2) if !fits_below => above.saturating_sub(pen.px(TEXT_SIZE + 4)),
            _ => above,
        };
        Label { text, ink, at: (left, y) }
    };
    names.into_iter().enumerate().map(of).collect()
}

/// Whether the fallback was cheaper than the primary would have been.
fn spent_less(input: &PeriodCostInput<'_>) -> bool {
    let both = input.minutes.iter().filter_map(|cost| Some((cost.actual.0, cost.on_primary?.0)));
    let difference = both.map(|(actual, instead)| i128::from(actual) - i128::from(instead));
    difference.sum::<i128>() < 0
}

/// One line of printable characters.
fn clean(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(MOST_CHARACTERS).collect()
}
