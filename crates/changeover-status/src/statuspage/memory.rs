//! The incidents of a page's JSON as they were read last: one whose bytes are the same is neither checked
//! nor parsed again, and its draft is the one that was made before.

use std::sync::Arc;

use super::{normalise, wire};
use crate::Coverage;
use crate::assemble::Draft;
use crate::findings::Findings;
use crate::json::{self, Checked, CheckedElement, Element, Listed, Weight};
use crate::known::Turns;
use crate::memory::MAX_KEPT_BYTES;
use crate::sniff::{Json, Kind, StatuspageShape, json_kind};
use crate::xml::MAX_ENTRIES;

/// What is kept of a document from one reading to the next.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// The page's address, which drafts were made with, and whether it was a page or a bare list.
    of: Option<(StatuspageShape, String)>,
    /// In the order of the document.
    kept: Vec<Arc<Kept>>,
}

/// One incident.
#[derive(Debug)]
struct Kept {
    bytes: Box<str>,
    weight: Weight,
    draft: Arc<Draft>,
}

struct Search<'a> {
    kept: &'a [Arc<Kept>],
    turns: Turns,
}

impl Checked for Search<'_> {
    fn at_start(&mut self, text: &str) -> Option<CheckedElement> {
        let number = self.turns.find(text, self.kept, |kept| &kept.bytes)?;
        let kept = self.kept.get(number)?;
        Some(CheckedElement { number, bytes: kept.bytes.len(), weight: kept.weight })
    }
}

/// Reads a document past the incidents that are known, and keeps those that it has. `None` where that
/// cannot be done, and the document is to be read as a whole, if it can be read at all.
pub(crate) fn findings_again(text: &str, memory: &mut Memory) -> Option<Findings> {
    if !text.starts_with(['{', '[']) || text.len() > MAX_KEPT_BYTES {
        return None;
    }
    let turns = Turns::new(memory.kept.len());
    let elements = json::elements(text, &mut Search { kept: &memory.kept, turns }).ok()?;
    if elements.is_empty() || elements.len() > MAX_ENTRIES {
        return None;
    }
    let rest = json::without_known(text, &elements)?;
    let Ok(Kind::Json(Json::Statuspage(shape))) = json_kind(&rest) else { return None };
    match shape {
        StatuspageShape::Page => memory.page(text, &elements, json::parse(&rest).ok()?),
        StatuspageShape::List => memory.list(text, &elements, json::parse(&rest).ok()?),
        StatuspageShape::Archive | StatuspageShape::Webhook => None,
    }
}

impl Memory {
    fn page(
        &mut self,
        text: &str,
        elements: &[Element],
        document: wire::Document,
    ) -> Option<Findings> {
        let parsed = document.incidents.as_ref().map_or(0, |listed| listed.0.len());
        let page_url = document.page.url.clone().unwrap_or_default();
        self.turn_to((StatuspageShape::Page, page_url), elements, parsed)?;
        Some(normalise::page_with(document, |findings, incidents, _| {
            self.fill(findings, text, elements, incidents);
        }))
    }

    fn list(
        &mut self,
        text: &str,
        elements: &[Element],
        incidents: Listed<wire::Incident>,
    ) -> Option<Findings> {
        self.turn_to((StatuspageShape::List, String::new()), elements, incidents.0.len())?;
        let mut findings = Findings::new(Coverage::History);
        self.fill(&mut findings, text, elements, incidents.0);
        Some(findings)
    }

    /// Says whose incidents follow. `None` where what was parsed is not what is not known, or where
    /// what is known is another page's.
    fn turn_to(
        &mut self,
        of: (StatuspageShape, String),
        elements: &[Element],
        parsed: usize,
    ) -> Option<()> {
        let unknown = elements.iter().filter(|element| element.known.is_none()).count();
        let is_same = self.of.as_ref() == Some(&of);
        if !is_same {
            self.of = Some(of);
            self.kept.clear();
        }
        (unknown == parsed && (is_same || unknown == elements.len())).then_some(())
    }

    /// Puts what was parsed among what is known, and keeps both for the next time.
    fn fill(
        &mut self,
        findings: &mut Findings,
        text: &str,
        elements: &[Element],
        incidents: Vec<wire::Incident>,
    ) {
        let page_url = self.of.as_ref().map(|(_, page_url)| page_url.as_str()).unwrap_or_default();
        let mut parsed = incidents.into_iter();
        let mut kept = Vec::with_capacity(elements.len());
        for element in elements {
            if let Some(known) = element.known.and_then(|number| self.kept.get(number)) {
                findings.drafts.push(Arc::clone(&known.draft));
                kept.push(Arc::clone(known));
                continue;
            }
            let Some(incident) = parsed.next() else { continue };
            let title = normalise::title(&incident);
            match normalise::draft(incident, title.clone(), page_url, false) {
                Ok(draft) => {
                    let draft = Arc::new(draft);
                    findings.drafts.push(Arc::clone(&draft));
                    let bytes = text.get(element.span.clone()).unwrap_or_default().into();
                    kept.push(Arc::new(Kept { bytes, weight: element.weight, draft }));
                }
                // What could not be read is looked at again the next time.
                Err(reason) => findings.take(&title, Err(reason)),
            }
        }
        self.kept = kept;
    }
}
