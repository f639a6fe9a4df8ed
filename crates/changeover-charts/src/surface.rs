//! From a drawing to an SVG or a PNG.
//!
//! plotters places everything on whole pixels. A line of a 24-pixel sparkline would climb in
//! steps, so both are drawn enlarged: an SVG with a `viewBox` that takes it back, a PNG for
//! screens of twice the density.

use std::error::Error;
use std::sync::OnceLock;

use plotters::coord::Shift;
use plotters::prelude::{BitMapBackend, DrawingArea, DrawingBackend, IntoDrawingArea as _};
use plotters::prelude::{IntoFont as _, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color as _, FontStyle, FontTransform, RGBColor, ShapeStyle, TextStyle, register_font,
};

use crate::Theme;
use crate::theme::{Ink, hex, paper};

/// The longest side of a picture, in pixels before enlarging.
pub const MAX_SIDE: u32 = 4_000;

const SVG_SCALE: i32 = 4;
const PNG_SCALE: i32 = 2;

/// The interface's fonts, in its order. plotters writes this into the SVG as it stands, and finds
/// the face it measures with under it.
const FONTS: &str = "Inter Variable, Inter, system-ui, sans-serif";
static FACE: &[u8] = include_bytes!("../../../assets/fonts/Inter-Regular-latin.ttf");
/// plotters' size of a font is this much larger than the size that CSS means.
const PLOTTERS_EM: f64 = 1.24;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    #[error("a chart of {width} by {height} pixels cannot be drawn: use {least} to {MAX_SIDE}")]
    Size { width: u32, height: u32, least: u32 },
    #[error("the chart's time ends before it begins")]
    EmptyRange,
    #[error("the chart's font cannot be read")]
    Font,
    #[error("the chart could not be drawn")]
    Draw(#[source] Box<dyn Error + Send + Sync>),
    #[error("the chart could not be written as PNG")]
    Png(#[source] png::EncodingError),
}

/// Something that can be drawn on either.
pub(crate) trait Picture {
    /// Width and height in pixels, and the least that makes sense of either.
    fn size(&self) -> (u32, u32, u32);

    /// Draws it.
    fn draw<DB>(&self, area: &DrawingArea<DB, Shift>, pen: &Pen) -> Result<(), ChartError>
    where
        DB: DrawingBackend,
        DB::ErrorType: 'static;
}

/// Scale and colours: what differs between the two.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pen {
    scale: i32,
    /// `None` for the placeholders of an SVG.
    theme: Option<Theme>,
}

impl Pen {
    /// Pixels of the picture as pixels of the surface.
    pub(crate) fn px(&self, pixels: i32) -> i32 {
        pixels.saturating_mul(self.scale)
    }

    /// The colour of a role.
    pub(crate) fn color(&self, ink: Ink) -> RGBColor {
        self.theme.map_or_else(|| ink.placeholder(), |theme| ink.color(theme))
    }

    /// A line `quarters` of a pixel wide.
    pub(crate) fn line(&self, ink: Ink, quarters: u32) -> ShapeStyle {
        let width = quarters.saturating_mul(self.scale.unsigned_abs()).div_ceil(4);
        self.color(ink).stroke_width(width)
    }

    /// A filled shape, of which `share` covers what is behind it.
    pub(crate) fn wash(&self, ink: Ink, share: f64) -> ShapeStyle {
        self.color(ink).mix(share).filled()
    }

    /// Words of `size` CSS pixels.
    pub(crate) fn words(
        &self,
        ink: Ink,
        size: i32,
        h_pos: HPos,
        v_pos: VPos,
    ) -> TextStyle<'static> {
        let size = f64::from(self.px(size)) * PLOTTERS_EM;
        let font = (FONTS, size, FontStyle::Normal).into_font().transform(FontTransform::None);
        TextStyle { font, color: self.color(ink).to_backend_color(), pos: Pos::new(h_pos, v_pos) }
    }
}

/// How wide `text` is, on the surface.
pub(crate) fn width_of(text: &str, style: &TextStyle<'_>) -> Result<i32, ChartError> {
    let (width, _) = style.font.box_size(text).map_err(|error| ChartError::Draw(error.into()))?;
    Ok(i32::try_from(width).unwrap_or(i32::MAX))
}

/// Takes an error of plotters.
pub(crate) fn undrawn<E: Error + Send + Sync + 'static>(error: E) -> ChartError {
    ChartError::Draw(Box::new(error))
}

/// Draws an SVG whose colours are the page's.
pub(crate) fn to_svg(picture: &impl Picture, theme: Theme) -> Result<String, ChartError> {
    let (width, height) = checked_size(picture)?;
    let pen = Pen { scale: SVG_SCALE, theme: None };
    let (wide, high) = enlarged(width, height, &pen);
    let mut drawn = String::new();
    {
        let area = SVGBackend::with_string(&mut drawn, (wide, high)).into_drawing_area();
        picture.draw(&area, &pen)?;
        area.present().map_err(undrawn)?;
    }
    let enlarged = format!("<svg width=\"{wide}\" height=\"{high}\"");
    let intended = format!(
        "<svg width=\"{width}\" height=\"{height}\" stroke-linejoin=\"round\" stroke-linecap=\"round\""
    );
    let mut svg = drawn.replacen(&enlarged, &intended, 1);
    for ink in Ink::ALL {
        // With its quotes it cannot be part of a text: there a quote is escaped.
        let placeholder = format!("\"{}\"", hex(ink.placeholder()));
        let color = format!("\"var({},{})\"", ink.property(), hex(ink.color(theme)));
        svg = svg.replace(&placeholder, &color);
    }
    Ok(svg.replace(" opacity=\"1\"", "").replace(" \"/>", "\"/>"))
}

/// Draws a PNG in the theme's colours, twice as large as its size says.
pub(crate) fn to_png(picture: &impl Picture, theme: Theme) -> Result<Vec<u8>, ChartError> {
    let (width, height) = checked_size(picture)?;
    let pen = Pen { scale: PNG_SCALE, theme: Some(theme) };
    let (wide, high) = enlarged(width, height, &pen);
    let area = usize::try_from(u64::from(wide) * u64::from(high) * 3);
    let mut pixels = vec![0; area.unwrap_or(usize::MAX)];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, (wide, high)).into_drawing_area();
        area.fill(&paper(theme)).map_err(undrawn)?;
        picture.draw(&area, &pen)?;
        area.present().map_err(undrawn)?;
    }
    encode(&pixels, wide, high)
}

fn encode(pixels: &[u8], wide: u32, high: u32) -> Result<Vec<u8>, ChartError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, wide, high);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(ChartError::Png)?;
    writer.write_image_data(pixels).map_err(ChartError::Png)?;
    writer.finish().map_err(ChartError::Png)?;
    Ok(file)
}

fn checked_size(picture: &impl Picture) -> Result<(u32, u32), ChartError> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    if !REGISTERED.get_or_init(|| register_font(FONTS, FontStyle::Normal, FACE).is_ok()) {
        return Err(ChartError::Font);
    }
    let (width, height, least) = picture.size();
    let possible = least..=MAX_SIDE;
    if possible.contains(&width) && possible.contains(&height) {
        Ok((width, height))
    } else {
        Err(ChartError::Size { width, height, least })
    }
}

fn enlarged(width: u32, height: u32, pen: &Pen) -> (u32, u32) {
    let scale = pen.scale.unsigned_abs();
    (width.saturating_mul(scale), height.saturating_mul(scale))
}
