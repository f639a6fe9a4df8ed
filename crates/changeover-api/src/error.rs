//! The one error that crosses to hosts, screens and scripts.

use changeover_engine::EngineError;
use changeover_http::error_chain as chain;
use serde::Serialize;
use ts_rs::TS;

/// What a caller can act on. There is a code only where somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ApiErrorCode {
    /// Changed since it was looked at: look again.
    Stale,
    /// A safety rule forbids it: break it by name, or do something else.
    Interlock,
    /// The request cannot be: correct it.
    Invalid,
    NotFound,
    /// Nobody who could do it answers: try later.
    Unavailable,
    UnknownCommand,
    /// Our fault: the log has the cause.
    Internal,
}

/// An error as it crosses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ApiError {
    pub code: ApiErrorCode,
    /// What went wrong, in one sentence.
    pub message: String,
    /// The next step.
    pub hint: Option<String>,
    pub retry_after_ms: Option<u32>,
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ApiError {}

impl ApiError {
    fn new(code: ApiErrorCode, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: Some(hint.into()), retry_after_ms: None }
    }

    pub(crate) fn invalid(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(ApiErrorCode::Invalid, message, hint)
    }

    pub(crate) fn unknown_command(command: &str) -> Self {
        let command: String = command.chars().take(60).collect();
        let message = format!("there is no command `{command}`");
        Self::new(ApiErrorCode::UnknownCommand, message, "`describe` lists all commands")
    }

    pub(crate) fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = chain(error), "a command failed");
        let message = "the command failed for a reason of our own";
        Self::new(ApiErrorCode::Internal, message, "the log has the cause; nothing was changed")
    }
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        let message = error.to_string();
        match error {
            EngineError::Invalid { hint, .. } => Self::new(ApiErrorCode::Invalid, message, hint),
            EngineError::NotFound { known, .. } => {
                Self::new(ApiErrorCode::NotFound, message, format!("known: {known}"))
            }
            EngineError::Stale { .. } => Self::new(
                ApiErrorCode::Stale,
                message,
                "nothing was changed: look again and decide anew",
            ),
            EngineError::Interlock { names, .. } => Self::new(
                ApiErrorCode::Interlock,
                message,
                format!(
                    "nothing was changed: to do it all the same, break {} by name",
                    names.join(", ")
                ),
            ),
            EngineError::Unavailable { hint, .. } => Self {
                retry_after_ms: Some(2_000),
                ..Self::new(ApiErrorCode::Unavailable, message, hint)
            },
            EngineError::Store(ref cause) => {
                tracing::error!(error = chain(cause), "the store failed");
                Self::new(
                    ApiErrorCode::Internal,
                    message,
                    "nothing was changed: check the disk's free space and the log",
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crossed(error: EngineError) -> serde_json::Value {
        serde_json::to_value(ApiError::from(error)).unwrap()
    }

    #[test]
    fn every_kind_of_refusal_crosses_with_its_code_and_a_next_step() {
        let not_found = EngineError::NotFound {
            what: "route",
            id: "caht".into(),
            known: "chat, extract".into(),
        };
        let errors = vec![
            crossed(EngineError::Invalid {
                message: "`until` lies in the past".into(),
                hint: "choose a time to come".into(),
            }),
            crossed(not_found),
            crossed(EngineError::Stale {
                message: "`chat` on eu-1 was changed by jo to gpt-main since you looked".into(),
            }),
            crossed(EngineError::Interlock {
                message: "interlock `one_path_open`: no target is left".into(),
                names: vec!["one_path_open".into()],
            }),
            crossed(EngineError::Unavailable {
                message: "no gateway answers".into(),
                hint: "check that the gateways run".into(),
            }),
            serde_json::to_value(ApiError::unknown_command("snapshto")).unwrap(),
            serde_json::to_value(ApiError::internal(&std::io::Error::other(
                "disk full, key sk-live-1",
            )))
            .unwrap(),
        ];
        assert!(errors.iter().all(|error| error["hint"].is_string()), "a hint is the next step");
        insta::assert_json_snapshot!(errors);
    }
}
