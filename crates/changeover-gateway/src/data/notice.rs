//! The words with which a degraded answer says what it is, where the route wants that.
//!
//! Only before free text: in an answer that a program reads, a notice would be a defect.

use changeover_llm::shape::takes_notice;
use changeover_llm::{ChatRequest, ChatResponse, Part};

use super::passage::Passage;
use crate::template;

/// The notice for this request, if its answer is to bear one.
pub(super) fn of(passage: &Passage, request: &ChatRequest) -> Option<String> {
    let notice = passage.serving.notice.as_deref()?;
    let free_text = takes_notice(request);
    free_text.then(|| format!("{}\n\n", filled(notice, passage)))
}

/// Puts the notice before the answer's first text, if it has any.
pub(super) fn put_before(response: &mut ChatResponse, passage: &Passage, request: &ChatRequest) {
    let Some(notice) = of(passage, request) else { return };
    let mut texts = response.parts.iter_mut().filter_map(|part| match part {
        Part::Text(text) => Some(text),
        _ => None,
    });
    if let Some(text) = texts.next() {
        text.insert_str(0, &notice);
    }
}

/// A route's text with the values of this request.
pub(super) fn filled(text: &str, passage: &Passage) -> String {
    let values = template::Values {
        route: &passage.plan.route,
        request_id: &passage.id,
        now: passage.shared.clock.now(),
        until: passage.plan.until,
        own: &passage.serving.variables,
    };
    template::filled(text, &values)
}
