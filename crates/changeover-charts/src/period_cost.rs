//! What a fallback cost, minute by minute, against what the same work would have cost at home.

mod axis;
mod labels;
mod lines;

use changeover_domain::{Nanodollars, UnixMs};
use plotters::coord::Shift;
use plotters::element::{DashedPathElement, PathElement, Rectangle, Text};
use plotters::prelude::{DrawingArea, DrawingBackend};
use plotters::style::text_anchor::{HPos, VPos};

use crate::surface::{ChartError, Pen, Picture, to_png, to_svg, undrawn};
use crate::theme::{Ink, Theme};
use axis::{Axes, TEXT_SIZE};
use lines::{Lines, Polyline};

const LEAST_SIDE: u32 = 120;

/// One minute's cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostMinute {
    /// Its start.
    pub minute: UnixMs,
    /// What was spent.
    pub actual: Nanodollars,
    /// The same tokens at the primary's prices; `None` where there is no price, or outside of the
    /// fallback.
    pub on_primary: Option<Nanodollars>,
}

/// What the chart shows. Minutes may come in any order; a missing one is a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeriodCostInput<'input> {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    pub from: UnixMs,
    pub to: UnixMs,
    pub started_at: UnixMs,
    /// `None` while it lasts.
    pub ended_at: Option<UnixMs>,
    pub minutes: &'input [CostMinute],
    /// Names the line of what was spent: "actual on gpt-main".
    pub actual_label: &'input str,
    /// Names the dashed line: "same tokens at claude-opus prices".
    pub on_primary_label: &'input str,
}

/// Draws it as an SVG.
///
/// # Errors
/// [`ChartError::Size`] and [`ChartError::EmptyRange`] for an input that cannot be drawn.
pub fn period_cost(input: &PeriodCostInput<'_>, theme: Theme) -> Result<String, ChartError> {
    to_svg(&PeriodCost(input), theme)
}

/// Draws it as a PNG of twice its size in pixels.
///
/// # Errors
/// As for [`period_cost`].
pub fn period_cost_png(input: &PeriodCostInput<'_>, theme: Theme) -> Result<Vec<u8>, ChartError> {
    to_png(&PeriodCost(input), theme)
}

struct PeriodCost<'input>(&'input PeriodCostInput<'input>);

impl Picture for PeriodCost<'_> {
    fn size(&self) -> (u32, u32, u32) {
        (self.0.width, self.0.height, LEAST_SIDE)
    }

    fn draw<DB>(&self, area: &DrawingArea<DB, Shift>, pen: &Pen) -> Result<(), ChartError>
    where
        DB: DrawingBackend,
        DB::ErrorType: 'static,
    {
        let input = self.0;
        if input.to <= input.from {
            return Err(ChartError::EmptyRange);
        }
        let axes = Axes::of(input, area.dim_in_pixel(), pen)?;
        let lines = Lines::of(input, &axes);
        draw_frame(input, area, pen, &axes)?;
        draw_lines(area, pen, &lines)?;
        for label in labels::of(input, &axes, &lines, pen)? {
            let style = pen.words(label.ink, TEXT_SIZE, HPos::Left, VPos::Center);
            area.draw(&Text::new(label.text, label.at, style)).map_err(undrawn)?;
        }
        Ok(())
    }
}

/// The window of the fallback, the grid, and what its lines mean.
fn draw_frame<DB>(
    input: &PeriodCostInput<'_>,
    area: &DrawingArea<DB, Shift>,
    pen: &Pen,
    axes: &Axes,
) -> Result<(), ChartError>
where
    DB: DrawingBackend,
    DB::ErrorType: 'static,
{
    let (left, right) = axes.window(input);
    if right > left {
        let corners = [(left, axes.top), (right, axes.bottom)];
        area.draw(&Rectangle::new(corners, pen.wash(Ink::Away, 0.08))).map_err(undrawn)?;
    }
    for (amount, label) in &axes.amounts {
        let y = axes.y(*amount);
        let grid = vec![(axes.left, y), (axes.right, y)];
        area.draw(&PathElement::new(grid, pen.line(Ink::Grid, 4))).map_err(undrawn)?;
        let style = pen.words(Ink::FaintWords, TEXT_SIZE, HPos::Left, VPos::Center);
        area.draw(&Text::new(label.clone(), (pen.px(1), y), style)).map_err(undrawn)?;
    }
    for (x, label) in &axes.times {
        let style = pen.words(Ink::FaintWords, TEXT_SIZE, HPos::Left, VPos::Center);
        let y = axes.bottom.saturating_add(pen.px(14));
        area.draw(&Text::new(label.clone(), (*x, y), style)).map_err(undrawn)?;
    }
    Ok(())
}

fn draw_lines<DB>(area: &DrawingArea<DB, Shift>, pen: &Pen, lines: &Lines) -> Result<(), ChartError>
where
    DB: DrawingBackend,
    DB::ErrorType: 'static,
{
    for dashed in &lines.on_primary {
        let style = pen.line(Ink::Usual, 6);
        let (dash, space) = (pen.px(4), pen.px(4));
        let line = DashedPathElement::new(shown(dashed, pen), dash, space, style);
        area.draw(&line).map_err(undrawn)?;
    }
    for (solid, ink, quarters) in [(&lines.usual, Ink::Usual, 6), (&lines.away, Ink::Away, 8)] {
        for line in solid {
            let path = PathElement::new(shown(line, pen), pen.line(ink, quarters));
            area.draw(&path).map_err(undrawn)?;
        }
    }
    Ok(())
}

/// A minute that stands alone is a short dash, so that it is seen.
fn shown(line: &Polyline, pen: &Pen) -> Polyline {
    match line[..] {
        [(x, y)] => vec![(x.saturating_sub(pen.px(2)), y), (x.saturating_add(pen.px(2)), y)],
        _ => line.clone(),
    }
}
