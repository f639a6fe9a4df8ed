//! The two texts in which figures are told: `OpenMetrics` 1.0 and the older Prometheus format.
//!
//! A [`Page`] is written family by family; what a family may hold (suffixes, units, which line
//! comes where) is this room's, what the figures mean is [`super::page`]'s.

use std::fmt::{Display, Write as _};

use super::histogram::Histogram;

/// How figures are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    OpenMetrics,
    Prometheus,
}

impl Format {
    /// The format for whoever accepts this: the older one only for who asks for it and no other.
    pub(crate) fn accepted(accept: Option<&str>) -> Self {
        let names = |media: &str| accept.is_some_and(|accept| accept.contains(media));
        if names("text/plain") && !names("application/openmetrics-text") {
            Self::Prometheus
        } else {
            Self::OpenMetrics
        }
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// What a family is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// Names and values that tell one series from another.
pub(super) type Labels = Vec<(&'static str, String)>;

/// A page being written.
#[derive(Debug)]
pub(super) struct Page {
    text: String,
    format: Format,
}

/// The family whose series are being written.
pub(super) struct Family<'a> {
    page: &'a mut Page,
    name: &'static str,
    kind: Kind,
}

impl Page {
    pub(super) fn new(format: Format) -> Self {
        Self { text: String::new(), format }
    }

    /// Begins a family. `name` ends with its unit, if it has one, and has no suffix of a kind.
    pub(super) fn family(
        &mut self,
        name: &'static str,
        kind: Kind,
        unit: Option<&str>,
        help: &str,
    ) -> Family<'_> {
        // The older format names a counter with its suffix.
        let shown = match (self.format, kind) {
            (Format::Prometheus, Kind::Counter) => format!("{name}_total"),
            _ => name.to_owned(),
        };
        let kind_name = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        self.line(format_args!("# TYPE {shown} {kind_name}"));
        if let Some(unit) = unit.filter(|_| self.format == Format::OpenMetrics) {
            self.line(format_args!("# UNIT {shown} {unit}"));
        }
        self.line(format_args!("# HELP {shown} {help}"));
        Family { page: self, name, kind }
    }

    pub(super) fn finished(mut self) -> String {
        if self.format == Format::OpenMetrics {
            self.text.push_str("# EOF\n");
        }
        self.text
    }

    /// Writing to a `String` cannot fail, so the result is of no interest.
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        self.text.write_fmt(line).ok();
        self.text.push('\n');
    }

    fn sample(&mut self, name: &str, suffix: &str, labels: &Labels, value: impl Display) {
        let labels: Vec<String> =
            labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        match labels.as_slice() {
            [] => self.line(format_args!("{name}{suffix} {value}")),
            labels => self.line(format_args!("{name}{suffix}{{{}}} {value}", labels.join(","))),
        }
    }
}

impl Family<'_> {
    /// One series of a counter or gauge.
    pub(super) fn value(&mut self, labels: &Labels, value: impl Display) {
        let suffix = if self.kind == Kind::Counter { "_total" } else { "" };
        self.page.sample(self.name, suffix, labels, value);
    }

    /// One histogram; `shown` writes bounds and sum in the family's unit.
    pub(super) fn histogram(
        &mut self,
        labels: &Labels,
        histogram: &Histogram,
        shown: impl Fn(u64) -> String,
    ) {
        let mut so_far = 0_u64;
        let bounds = histogram.bounds.iter().map(|bound| shown(*bound));
        for (bound, count) in bounds.chain(["+Inf".to_owned()]).zip(&histogram.counts) {
            so_far += count;
            let mut labels = labels.clone();
            labels.push(("le", bound));
            self.page.sample(self.name, "_bucket", &labels, so_far);
        }
        self.page.sample(self.name, "_count", labels, so_far);
        self.page.sample(self.name, "_sum", labels, shown(histogram.sum));
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// `value` thousandths, millionths, … as a decimal, exactly: `digits` is how many.
pub(super) fn decimal(value: u64, digits: u32) -> String {
    let unit = 10_u64.saturating_pow(digits);
    let fraction =
        format!("{:0width$}", value % unit, width = usize::try_from(digits).unwrap_or(0));
    let fraction = fraction.trim_end_matches('0');
    format!("{}.{}", value / unit, if fraction.is_empty() { "0" } else { fraction })
}
