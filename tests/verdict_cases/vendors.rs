//! The sandbox's vendors, as the stories need them.

/// One vendor and what is watched of it.
#[derive(Debug)]
pub(crate) struct Vendor {
    pub(crate) id: &'static str,
    pub(crate) targets: &'static [Watched],
    /// Whether it has a status page.
    pub(crate) has_page: bool,
    pub(crate) speaks_tls: bool,
    /// A region of its own, with the targets that run there.
    pub(crate) region: Option<(&'static str, &'static [&'static str])>,
}

/// A model that is watched.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) target: &'static str,
    pub(crate) model: &'static str,
    /// Whether callers ask it, if only while another fails; else it is seen by probes alone.
    pub(crate) has_callers: bool,
    /// What a probe of it writes in a second on a calm day.
    pub(crate) tokens_per_second: f64,
}

const fn watched(
    target: &'static str,
    model: &'static str,
    has_callers: bool,
    tokens_per_second: f64,
) -> Watched {
    Watched { target, model, has_callers, tokens_per_second }
}

/// Those that a round plays side by side, in the order of its cases.
pub(crate) const VENDORS: [Vendor; 4] = [
    Vendor {
        id: "anthropic",
        targets: &[
            watched("claude-opus", "claude-opus-4-5", true, 55.0),
            watched("claude-haiku", "claude-haiku-4-5", true, 114.0),
        ],
        has_page: true,
        speaks_tls: false,
        region: None,
    },
    Vendor {
        id: "openai",
        targets: &[
            watched("gpt-mini", "gpt-5-mini", true, 105.0),
            watched("gpt-main", "gpt-5", true, 66.0),
        ],
        has_page: true,
        speaks_tls: false,
        region: None,
    },
    Vendor {
        id: "gemini",
        targets: &[watched("gemini-pro", "gemini-2.5-pro", true, 82.0)],
        has_page: true,
        speaks_tls: false,
        region: None,
    },
    Vendor {
        id: "azure",
        targets: &[
            watched("azure-mini-sweden", "gpt-5-mini-sweden", false, 98.0),
            watched("azure-main-sweden", "gpt-5-sweden", true, 62.0),
            watched("azure-main-virginia", "gpt-5-virginia", true, 62.0),
        ],
        has_page: false,
        speaks_tls: true,
        region: Some(("swedencentral", &["azure-mini-sweden", "azure-main-sweden"])),
    },
];

impl Vendor {
    /// The model that goes wrong where only one does.
    pub(crate) fn first(&self) -> &'static Watched {
        self.targets.first().expect("a vendor has a model")
    }
}

/// All targets of the sandbox.
pub(crate) fn everything() -> Vec<&'static str> {
    VENDORS.iter().flat_map(|vendor| vendor.targets).map(|watched| watched.target).collect()
}
