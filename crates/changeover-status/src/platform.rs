//! The platforms this version reads, how one is told from another, and the one door to all.
//!
//! The platform is a setting; sniffing the content checks it, so that a provider's move to another
//! platform is an error with a name and not wrong data.

use std::fmt;

use changeover_domain::{ProviderId, SourceId, TargetId, UnixMs};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::findings::Findings;
use crate::memory::Memory;
use crate::sniff::{self, Kind};
use crate::{
    ModelNames, ReadError, Reading, aws_health, azure, better_stack, body, checkly, datadog, feed,
    flashcat, google_cloud, incident_io, instatus, plain, statuspage, volcengine, xai,
};

/// A platform of status pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// Atlassian Statuspage: JSON v2, RSS, Atom.
    Statuspage,
    /// incident.io: Atom, RSS, its Statuspage-compatible JSON and its own.
    IncidentIo,
    /// Google Cloud Service Health: `incidents.json`, Atom.
    GoogleCloud,
    /// AWS Health Dashboard: RSS, `currentevents`.
    AwsHealth,
    /// Azure status: RSS of what is going on.
    Azure,
    /// Instatus: `summary.json`, `components.json`, RSS, Atom.
    Instatus,
    /// Better Stack: `index.json`, RSS.
    BetterStack,
    /// Checkly: the JSON behind its page.
    Checkly,
    /// xAI's own RSS.
    Xai,
    /// Datadog Status Pages, and pages that answer in the same style.
    Datadog,
    /// `OnlineOrNot`: RSS.
    OnlineOrNot,
    /// `FlashDuty`/Flashcat: JSON, RSS, Atom.
    Flashcat,
    /// Volcengine: RSS per service and region.
    Volcengine,
    /// Any other RSS feed; as a setting, any platform's RSS.
    Rss,
    /// Any other Atom feed; as a setting, any platform's Atom.
    Atom,
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Statuspage => "Statuspage",
            Self::IncidentIo => "incident.io",
            Self::GoogleCloud => "Google Cloud Service Health",
            Self::AwsHealth => "AWS Health",
            Self::Azure => "Azure status",
            Self::Instatus => "Instatus",
            Self::BetterStack => "Better Stack",
            Self::Checkly => "Checkly",
            Self::Xai => "xAI status",
            Self::Datadog => "Datadog Status Pages",
            Self::OnlineOrNot => "OnlineOrNot",
            Self::Flashcat => "Flashcat",
            Self::Volcengine => "Volcengine",
            Self::Rss => "an RSS feed",
            Self::Atom => "an Atom feed",
        })
    }
}

/// The form of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    Json,
    Rss,
    Atom,
    /// A body that a page sends by itself: a hint to look at the page, and never its state.
    Webhook,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "JSON",
            Self::Rss => "RSS",
            Self::Atom => "Atom",
            Self::Webhook => "the body of a webhook",
        })
    }
}

/// What the configuration says of one component of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentRule {
    /// The page's own id: `k8w3r06qmzrp`, `bedrock-eu-west-1`, a product's id. Without one the
    /// component is known by its names.
    pub id: Option<String>,
    /// Names that it has or had on the page.
    pub was: Vec<String>,
    /// The name to show instead of the page's.
    pub name: Option<String>,
    /// The targets that it stands for.
    pub targets: Vec<TargetId>,
    /// False for what serves no target of ours: apps and consoles, which are no part of the API.
    pub serves: bool,
    /// The page is shared with others: only components with this mark count.
    pub only: bool,
}

/// Whose page is read, and the words by which it may name our targets.
#[derive(Debug, Clone, Copy)]
pub struct ReadContext<'a> {
    pub source: &'a SourceId,
    pub provider: &'a ProviderId,
    /// The names by which it may call the provider's models.
    pub names: &'a ModelNames,
    pub components: &'a [ComponentRule],
    /// When it is read: what is dated later lies ahead.
    pub now: UnixMs,
}

impl<'a> ReadContext<'a> {
    /// A page without any words or components of interest.
    #[must_use]
    pub fn new(source: &'a SourceId, provider: &'a ProviderId, now: UnixMs) -> Self {
        static NO_NAMES: ModelNames = ModelNames::none();
        Self { source, provider, names: &NO_NAMES, components: &[], now }
    }
}

/// Reads one body from a page of the given platform. Pure: the same bytes at the same time give the
/// same reading.
///
/// # Errors
/// [`ReadError`] says what the bytes are instead.
pub fn read(
    platform: Platform,
    context: ReadContext<'_>,
    bytes: &[u8],
) -> Result<Reading, ReadError> {
    read_again(platform, context, bytes, None)
}

/// The same with a memory of the document before, which makes it quick and nothing else. A memory
/// belongs to one page: `platform` and `context` are those of the time before.
pub(crate) fn read_again(
    platform: Platform,
    context: ReadContext<'_>,
    bytes: &[u8],
    mut memory: Option<&mut Memory>,
) -> Result<Reading, ReadError> {
    let body = body::decode(bytes)?;
    let (found, findings) = find(Some(platform), context.now, &body.text, memory.as_deref_mut())
        .map_err(|error| error.below(body.lines_before))?;
    if found.format == Format::Webhook {
        return Err(ReadError::NotAPage { format: found.format });
    }
    Ok(findings.reading(context, memory.map(|memory| &mut memory.assembled)))
}

/// Reads one body of whichever platform it is.
///
/// # Errors
/// [`ReadError`] says what the bytes are instead.
pub fn read_any(
    context: ReadContext<'_>,
    bytes: &[u8],
) -> Result<(Platform, Format, Reading), ReadError> {
    let body = body::decode(bytes)?;
    let (found, findings) = find(None, context.now, &body.text, None)
        .map_err(|error| error.below(body.lines_before))?;
    Ok((found.platform, found.format, findings.reading(context, None)))
}

/// What a document turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Found {
    platform: Platform,
    format: Format,
}

fn find(
    setting: Option<Platform>,
    now: UnixMs,
    text: &str,
    mut memory: Option<&mut Memory>,
) -> Result<(Found, Findings), ReadError> {
    let remembered = memory.as_deref_mut().map(|memory| &mut memory.statuspage);
    if let Some(findings) = remembered.and_then(|memory| statuspage::findings_again(text, memory)) {
        let found = Found { platform: Platform::Statuspage, format: Format::Json };
        accept(setting, found)?;
        return Ok((found, findings));
    }
    match sniff::kind(text)? {
        Kind::Json(json) => {
            let found = Found { platform: json.platform(), format: json.format() };
            accept(setting, found)?;
            Ok((found, json_findings(json, text)?))
        }
        // Some pages answer an empty list when nothing is declared; only the setting knows whose.
        Kind::EmptyList => match setting {
            Some(platform @ (Platform::AwsHealth | Platform::GoogleCloud)) => {
                let coverage = platform.coverage_of_list();
                Ok((Found { platform, format: Format::Json }, Findings::new(coverage)))
            }
            _ => Err(ReadError::NotAFormat {
                looks_like: "an empty JSON list, which more than one platform sends".to_owned(),
            }),
        },
        Kind::Feed(format) => {
            let mut feed = match memory {
                Some(memory) => feed::parse_again(format, text, &mut memory.feed)?,
                None => feed::parse(format, text)?,
            };
            feed.read_at = now;
            find_feed(setting, format, &feed)
        }
    }
}

fn find_feed(
    setting: Option<Platform>,
    format: Format,
    feed: &feed::Feed,
) -> Result<(Found, Findings), ReadError> {
    let found = Found { platform: platform_of(setting, format, feed), format };
    accept(setting, found)?;
    Ok((found, feed_findings(found.platform, feed)))
}

/// Whose feed it is. A platform that is set is contradicted only by what a feed says of itself and by
/// the hosts of its links: entries of one platform may be worded like another's.
fn platform_of(setting: Option<Platform>, format: Format, feed: &feed::Feed) -> Platform {
    match (setting, format) {
        (Some(setting), _) if !matches!(setting, Platform::Rss | Platform::Atom) => {
            sniff::feed_by_itself(feed).unwrap_or(setting)
        }
        (_, Format::Atom) => sniff::feed(feed).unwrap_or(Platform::Atom),
        (_, Format::Rss | Format::Json | Format::Webhook) => {
            sniff::feed(feed).unwrap_or(Platform::Rss)
        }
    }
}

impl Platform {
    fn coverage_of_list(self) -> crate::Coverage {
        if self == Self::AwsHealth { crate::Coverage::OpenOnly } else { crate::Coverage::History }
    }
}

/// Whether what was found may stand where the setting says.
fn accept(setting: Option<Platform>, found: Found) -> Result<(), ReadError> {
    let fits = match setting {
        None => true,
        Some(Platform::Rss) => found.format == Format::Rss,
        Some(Platform::Atom) => found.format == Format::Atom,
        // incident.io answers Statuspage's JSON in the same form.
        Some(Platform::Statuspage) if found.format == Format::Json => {
            matches!(found.platform, Platform::Statuspage | Platform::IncidentIo)
        }
        // Its JSON is in the style that Datadog has in common with others.
        Some(Platform::OnlineOrNot) if found.format == Format::Json => {
            found.platform == Platform::Datadog
        }
        Some(setting) => setting == found.platform,
    };
    if fits {
        return Ok(());
    }
    let expected = setting.unwrap_or(found.platform);
    Err(ReadError::WrongPlatform { expected, found: found.platform, format: found.format })
}

fn json_findings(json: sniff::Json, text: &str) -> Result<Findings, ReadError> {
    use sniff::Json;
    match json {
        Json::Statuspage(shape) => statuspage::findings(shape, text),
        Json::IncidentIo(shape) => incident_io::findings(shape, text),
        Json::GoogleCloud(shape) => google_cloud::findings(shape, text),
        Json::AwsHealth(shape) => aws_health::findings(shape, text),
        Json::Instatus(shape) => instatus::findings(shape, text),
        Json::BetterStack => better_stack::findings(text),
        Json::Checkly => checkly::findings(text),
        Json::Datadog => datadog::findings(text),
        Json::Flashcat => flashcat::findings(text),
    }
}

fn feed_findings(platform: Platform, feed: &feed::Feed) -> Findings {
    match platform {
        Platform::IncidentIo => incident_io::feed_findings(feed),
        Platform::GoogleCloud => google_cloud::feed_findings(feed),
        Platform::AwsHealth => aws_health::feed_findings(feed),
        Platform::Azure => azure::feed_findings(feed),
        Platform::Instatus => instatus::feed_findings(feed),
        Platform::BetterStack => better_stack::feed_findings(feed),
        Platform::Xai => xai::feed_findings(feed),
        Platform::Volcengine => volcengine::feed_findings(feed),
        Platform::Flashcat => flashcat::feed_findings(feed),
        Platform::Statuspage => statuspage::feed_findings(feed),
        Platform::Checkly
        | Platform::Datadog
        | Platform::OnlineOrNot
        | Platform::Rss
        | Platform::Atom => plain::feed_findings(feed),
    }
}
