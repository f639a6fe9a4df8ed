//! From a status and a body to an answer or an error. What is said here is hostile until parsed.

use changeover_domain::admin::Problem;
use changeover_http::{Secret, redact};
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

use super::config::{INTERLOCKS_LIMIT, TEXT_LIMIT};
use crate::{AdminError, Asked};

/// What of an answer's head decides how its body is read.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: StatusCode,
    content_type: String,
}

impl Head {
    pub(crate) fn of(response: &reqwest::Response) -> Self {
        let content_type = response.headers().get(CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        Self {
            status: response.status(),
            content_type: content_type.unwrap_or("no content type").to_owned(),
        }
    }
}

/// One question's answer being read. It knows the token, so that a gateway which repeats it does
/// not get it shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading<'a> {
    pub(crate) asked: &'a Asked,
    pub(crate) token: &'a Secret,
}

impl Reading<'_> {
    /// Reads an answer. The depth of JSON is capped by `serde_json` at 128.
    ///
    /// # Errors
    /// [`AdminError`] for every status but 2xx and for every body that is not what was asked for.
    pub(crate) fn parse<T: DeserializeOwned>(
        self,
        head: &Head,
        body: &[u8],
    ) -> Result<T, AdminError> {
        if !head.status.is_success() {
            return Err(self.refusal(head, body));
        }
        serde_json::from_slice(body).map_err(|error| {
            let content_type = &head.content_type;
            self.not_understood(&format!("{content_type}, {error}"))
        })
    }

    /// The error for an answer that makes no sense.
    pub(crate) fn not_understood(self, why: &str) -> AdminError {
        AdminError::NotUnderstood { asked: self.asked.clone(), why: self.shown(why) }
    }

    /// The error for an answer that did not come.
    pub(crate) fn unreachable(self, why: &str) -> AdminError {
        AdminError::Unreachable { asked: self.asked.clone(), why: self.shown(why) }
    }

    fn refusal(self, head: &Head, body: &[u8]) -> AdminError {
        let status = head.status;
        if let Ok(problem) = serde_json::from_slice::<Problem>(body) {
            let problem = Box::new(self.tamed(problem, status));
            return if status == StatusCode::PRECONDITION_FAILED {
                AdminError::Stale(problem)
            } else {
                AdminError::Refused(problem)
            };
        }
        let status = status.as_u16();
        // A proxy in front of a gateway that is down answers in its own words.
        if matches!(status, 502..=504) {
            return self.unreachable(&format!("HTTP {status} from something in front of it"));
        }
        let content_type = &head.content_type;
        self.not_understood(&format!(
            "HTTP {status} with {content_type} instead of a problem document: does `admin_url` lead to an admin API?"
        ))
    }

    /// The problem with its texts fit to be shown, and with the status that really came.
    fn tamed(self, problem: Problem, status: StatusCode) -> Problem {
        let mut interlocks = problem.interlocks;
        interlocks.truncate(INTERLOCKS_LIMIT);
        for check in &mut interlocks {
            check.name = self.shown(&check.name);
            check.detail = self.shown(&check.detail);
        }
        Problem {
            r#type: self.shown(&problem.r#type),
            title: self.shown(&problem.title),
            status: status.as_u16(),
            detail: self.shown(&problem.detail),
            changed_by: problem.changed_by.map(|who| self.shown(&who)),
            changed_at: problem.changed_at,
            interlocks,
        }
    }

    /// A foreign text, fit to be shown: without secrets, of one line, at most [`TEXT_LIMIT`]
    /// characters.
    fn shown(self, text: &str) -> String {
        let token = self.token.expose();
        let text =
            if token.is_empty() { redact(text) } else { redact(&text.replace(token, "…")) };
        let one_line = text.replace(char::is_control, " ");
        one_line.chars().take(TEXT_LIMIT).collect()
    }
}
