//! An answer of the gateway's own, in the shape that the caller asked for.

use changeover_domain::{FailureClass, Outcome};
use changeover_llm::shape::in_shape;
use changeover_llm::{ChatResponse, FinishReason, Part};

use super::asked::Asked;
use super::notice;
use super::passage::Passage;
use super::refuse::Refusal;
use super::serve::{Served, Whole};

/// The route's template as an answer; a refusal where the request's shape leaves no room for it.
pub(super) fn answer(passage: &mut Passage, asked: &Asked) -> Served {
    let text = notice::filled(passage.live.settings.template(&passage.plan.route), passage);
    match in_shape(&text, &asked.question.front().request, &passage.shared.validators) {
        Ok(shaped) => {
            passage.note(None, "answered from the template", Some(Outcome::Ok));
            Served::Whole(Whole {
                response: ChatResponse {
                    id: passage.id.to_string(),
                    model: asked.question.model().to_owned(),
                    parts: vec![Part::Text(shaped)],
                    finish: FinishReason::Stop,
                    ..ChatResponse::default()
                },
                outcome: Outcome::Ok,
                is_ours: true,
            })
        }
        Err(unshaped) => {
            passage.note(None, format!("no template: {unshaped}"), None);
            Served::Refused(Refusal {
                door: passage.door,
                status: 503,
                message: format!("{text} ({unshaped})"),
                code: "no_template",
                param: None,
                retry_after: None,
                outcome: Outcome::Failed(FailureClass::GatewayError),
            })
        }
    }
}
