//! What is drawn in which colour: by role, so that the page decides.

use plotters::style::RGBColor;

/// Which side a picture is for. Of an SVG only where no style sheet says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    #[default]
    Dark,
    Light,
}

/// What a stroke or a word is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    P95,
    P99,
    /// What was spent away from the primary, and the time it was.
    Away,
    /// The usual, and what would have been.
    Usual,
    Grid,
    Words,
    FaintWords,
}

impl Ink {
    pub(crate) const ALL: [Self; 7] =
        [Self::P95, Self::P99, Self::Away, Self::Usual, Self::Grid, Self::Words, Self::FaintWords];

    /// The interface's custom property for it.
    pub(crate) fn property(self) -> &'static str {
        match self {
            Self::P95 | Self::Usual => "--chart-p95",
            Self::P99 => "--chart-p99",
            Self::Away => "--status-override-fg",
            Self::Grid => "--line",
            Self::Words => "--text-dim",
            Self::FaintWords => "--text-faint",
        }
    }

    /// Its colour where nothing else says: the interface's own, so that a file looks alike.
    pub(crate) fn color(self, theme: Theme) -> RGBColor {
        let (dark, light) = match self {
            Self::P95 | Self::Usual => (0x009f_b0bd, 0x0055_636f),
            Self::P99 => (0x006d_7a85, 0x008d_9aa6),
            Self::Away => (0x005b_b8f0, 0x000a_629d),
            Self::Grid => (0x0026_2c32, 0x00d8_dee3),
            Self::Words => (0x0093_a0ab, 0x0047_535d),
            Self::FaintWords => (0x007d_8a95, 0x005c_6872),
        };
        color(if theme == Theme::Dark { dark } else { light })
    }

    /// A colour that stands for this role while an SVG is drawn, and is no other's.
    pub(crate) fn placeholder(self) -> RGBColor {
        let number = match self {
            Self::P95 => 1,
            Self::P99 => 2,
            Self::Away => 3,
            Self::Usual => 4,
            Self::Grid => 5,
            Self::Words => 6,
            Self::FaintWords => 7,
        };
        RGBColor(0xAB, 0xCD, number)
    }
}

/// What a PNG is drawn on.
pub(crate) fn paper(theme: Theme) -> RGBColor {
    color(if theme == Theme::Dark { 0x0010_1316 } else { 0x00ff_ffff })
}

/// `#RRGGBB`, as plotters writes it.
pub(crate) fn hex(RGBColor(red, green, blue): RGBColor) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}

fn color(rgb: u32) -> RGBColor {
    let [_, red, green, blue] = rgb.to_be_bytes();
    RGBColor(red, green, blue)
}
