//! The pictures of the product, drawn once for screen, report and file.
//!
//! Not for deciding what is shown: figures come in finished, and labels come in words. A chart is
//! a pure function of its input; the same input gives the same bytes.
//!
//! # Rules
//! - **One SVG serves dark and light.** Colours are the interface's own custom properties
//!   (`var(--chart-p95, …)`), with the given [`Theme`]'s colour for when there is no style sheet.
//!   A PNG has the theme's colours.
//! - **An SVG is safe to put into a page**: shapes and escaped text, no script, style, link or id.
//! - **What was not measured is a gap**, never a line drawn across it.
//! - **Money is drawn from zero**, and lines are named where they are, not in a legend.

mod period_cost;
mod sparkline;
mod surface;
mod theme;

pub use period_cost::{CostMinute, PeriodCostInput, period_cost, period_cost_png};
pub use sparkline::{SPARKLINE_MAX_BYTES, SparklineInput, sparkline, sparkline_png};
pub use surface::{ChartError, MAX_SIDE};
pub use theme::Theme;
