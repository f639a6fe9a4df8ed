//! Two percentiles over the last hour, small enough for a table's row.

mod decimate;

use changeover_domain::UnixMs;
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::types::{RangedCoordf64, RangedCoordi64};
use plotters::element::PathElement;
use plotters::prelude::{DrawingArea, DrawingBackend};

use crate::surface::{ChartError, Pen, Picture, to_png, to_svg, undrawn};
use crate::theme::{Ink, Theme};
use decimate::runs;

/// No sparkline is larger than this: a board of fifty targets stays a small message.
pub const SPARKLINE_MAX_BYTES: usize = 8 * 1_024;

/// More vertices than this are not told apart in a table's row.
const MOST_COLUMNS: u32 = 240;
const FEWEST_COLUMNS: u32 = 8;
const LEAST_SIDE: u32 = 8;

/// What a sparkline shows. Points may come in any order; those outside of the time, negative or
/// not finite are left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SparklineInput<'points> {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    pub from: UnixMs,
    pub to: UnixMs,
    /// Milliseconds by time.
    pub points_p95: &'points [(UnixMs, f64)],
    /// Milliseconds by time.
    pub points_p99: &'points [(UnixMs, f64)],
    /// How far points lie apart where none is missing, in milliseconds.
    pub step_ms: i64,
    /// The scale begins at zero and reaches at least to here, such as to what the target is held
    /// to: a calm line then lies low, and one that breaks it stands out. 0 fits the points.
    pub scale_at_least_ms: f64,
}

/// Draws it as an SVG of less than [`SPARKLINE_MAX_BYTES`].
///
/// # Errors
/// [`ChartError::Size`] and [`ChartError::EmptyRange`] for an input that cannot be drawn.
pub fn sparkline(input: &SparklineInput<'_>, theme: Theme) -> Result<String, ChartError> {
    let mut picture = Sparkline { input, columns: input.width.min(MOST_COLUMNS) };
    loop {
        let svg = to_svg(&picture, theme)?;
        // Many short runs between many gaps need more words than one long line.
        if svg.len() < SPARKLINE_MAX_BYTES || picture.columns <= FEWEST_COLUMNS {
            return Ok(svg);
        }
        picture.columns /= 2;
    }
}

/// Draws it as a PNG of twice its size in pixels.
///
/// # Errors
/// As for [`sparkline`].
pub fn sparkline_png(input: &SparklineInput<'_>, theme: Theme) -> Result<Vec<u8>, ChartError> {
    to_png(&Sparkline { input, columns: input.width.min(MOST_COLUMNS) }, theme)
}

struct Sparkline<'input> {
    input: &'input SparklineInput<'input>,
    columns: u32,
}

impl Picture for Sparkline<'_> {
    fn size(&self) -> (u32, u32, u32) {
        (self.input.width, self.input.height, LEAST_SIDE)
    }

    fn draw<DB>(&self, area: &DrawingArea<DB, Shift>, pen: &Pen) -> Result<(), ChartError>
    where
        DB: DrawingBackend,
        DB::ErrorType: 'static,
    {
        let SparklineInput { from, to, step_ms, points_p95, points_p99, .. } = *self.input;
        if to <= from {
            return Err(ChartError::EmptyRange);
        }
        let cut = |points| runs(points, from..to, self.columns, step_ms);
        let (p95, p99) = (cut(points_p95), cut(points_p99));
        let highest = p95.iter().chain(&p99).flatten().map(|(_, value)| *value);
        let top = highest.fold(self.input.scale_at_least_ms.max(1.0), f64::max);
        let (wide, high) = area.dim_in_pixel();
        let (wide, high) = (i32::try_from(wide), i32::try_from(high));
        let (wide, high) = (wide.unwrap_or(i32::MAX), high.unwrap_or(i32::MAX));
        // A line's own width stays within the picture.
        let inset = pen.px(1);
        let place = Cartesian2d::<RangedCoordi64, RangedCoordf64>::new(
            from.0..to.0,
            0.0..top,
            (0..wide, high.saturating_sub(inset)..inset),
        );
        let area = area.apply_coord_spec(place);
        for (runs, ink, quarters) in [(p99, Ink::P99, 4), (p95, Ink::P95, 5)] {
            for run in runs {
                area.draw(&PathElement::new(visible(run, step_ms), pen.line(ink, quarters)))
                    .map_err(undrawn)?;
            }
        }
        Ok(())
    }
}

/// A point that stands alone is a dash of its own length in time, so that it is seen.
fn visible(mut run: Vec<(i64, f64)>, step_ms: i64) -> Vec<(i64, f64)> {
    if let [(at, value)] = run[..] {
        let half = step_ms.max(2) / 2;
        run = vec![(at.saturating_sub(half), value), (at.saturating_add(half), value)];
    }
    run
}
