//! Where things are, and the round amounts and times that say so.

mod money;
mod time;

use changeover_domain::{Nanodollars, UnixMs};
use plotters::style::text_anchor::{HPos, VPos};

use super::PeriodCostInput;
use crate::surface::{ChartError, Pen, width_of};
use crate::theme::Ink;

/// CSS pixels, as the interface's smallest.
pub(super) const TEXT_SIZE: i32 = 11;

/// The frame of the lines on the surface, and its scales.
#[derive(Debug)]
pub(super) struct Axes {
    pub(super) left: i32,
    pub(super) right: i32,
    pub(super) top: i32,
    pub(super) bottom: i32,
    from: UnixMs,
    to: UnixMs,
    highest: Nanodollars,
    /// Round amounts from zero up, in words.
    pub(super) amounts: Vec<(Nanodollars, String)>,
    /// Times in words, and where each text begins.
    pub(super) times: Vec<(i32, String)>,
}

impl Axes {
    pub(super) fn of(
        input: &PeriodCostInput<'_>,
        (wide, high): (u32, u32),
        pen: &Pen,
    ) -> Result<Self, ChartError> {
        let spent = input.minutes.iter().map(|cost| cost.actual);
        let instead = input.minutes.iter().filter_map(|cost| cost.on_primary);
        let dearest = spent.chain(instead).max().unwrap_or_default();
        let amounts = money::amounts(dearest);
        let style = pen.words(Ink::FaintWords, TEXT_SIZE, HPos::Left, VPos::Center);
        let mut widest = 0;
        for (_, label) in &amounts {
            widest = widest.max(width_of(label, &style)?);
        }
        let side = |side: u32| i32::try_from(side).unwrap_or(i32::MAX);
        let mut axes = Self {
            left: widest.saturating_add(pen.px(10)),
            right: side(wide).saturating_sub(pen.px(2)),
            top: pen.px(10),
            bottom: side(high).saturating_sub(pen.px(26)),
            from: input.from,
            to: input.to,
            highest: amounts.last().map_or(Nanodollars::DOLLAR, |(amount, _)| *amount),
            amounts,
            times: Vec::new(),
        };
        axes.times = time::labels(input, &axes, pen)?;
        Ok(axes)
    }

    /// Where a time is; times outside are at the edge.
    pub(super) fn x(&self, at: UnixMs) -> i32 {
        let at = at.clamp(self.from, self.to);
        let along = (at.millis_since(self.from), self.to.millis_since(self.from));
        scaled(along, self.left, self.right)
    }

    /// Where an amount is. Less than nothing is nothing here.
    pub(super) fn y(&self, amount: Nanodollars) -> i32 {
        let amount = amount.clamp(Nanodollars::ZERO, self.highest);
        scaled((amount.0, self.highest.0), self.bottom, self.top)
    }

    /// Where the fallback begins and ends.
    pub(super) fn window(&self, input: &PeriodCostInput<'_>) -> (i32, i32) {
        (self.x(input.started_at), self.x(input.ended_at.unwrap_or(self.to)))
    }
}

/// The place that is `part` of `whole` on the way between two others.
fn scaled((part, whole): (i64, i64), start: i32, end: i32) -> i32 {
    let way = i128::from(end) - i128::from(start);
    let whole = i128::from(whole.max(1));
    let place = i128::from(start) + (way * i128::from(part) * 2 + whole) / (whole * 2);
    i32::try_from(place).unwrap_or(start)
}
