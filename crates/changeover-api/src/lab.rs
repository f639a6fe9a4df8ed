//! Commands that need no engine: reading captured feeds, classifying captured answers.

use std::path::{Path, PathBuf};

use changeover_domain::{FailureClass, Whose};
use changeover_llm::{HttpAnswer, classify};
use changeover_status::{FileReading, read_folder};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::ApiError;

mod captured;

pub use captured::CapturedAnswer;

/// The largest file of captured answers that is read.
const LARGEST_FILE: u64 = 64 * 1024 * 1024;

/// Request of `feeds_read`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct FeedsReadAsked {
    /// A folder; its subfolders are read too.
    pub dir: String,
}

/// Answer of `feeds_read`.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct FeedsRead {
    pub files: Vec<FileReading>,
}

pub(crate) async fn feeds_read(request: FeedsReadAsked) -> Result<FeedsRead, ApiError> {
    let dir = PathBuf::from(&request.dir);
    if !dir.is_dir() {
        let message = format!("`{}` is not a folder that can be read", request.dir);
        return Err(ApiError::invalid(message, "name a folder of captured feeds"));
    }
    let read =
        tokio::task::spawn_blocking(move || read_folder(&dir, changeover_clock::system_now()))
            .await;
    Ok(FeedsRead { files: read.map_err(|error| ApiError::internal(&error))? })
}

/// Request of `error_classify`: one answer, or a file with one a line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(untagged)]
pub enum ErrorClassify {
    File {
        /// One captured answer as JSON on each line.
        file: String,
    },
    One(CapturedAnswer),
}

/// Answer of `error_classify`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(untagged)]
pub enum ErrorClassified {
    /// One a line of the file, in its order.
    File {
        answers: Vec<ClassifiedLine>,
    },
    One(ClassifiedAnswer),
}

/// One line of a file of captured answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(untagged)]
pub enum ClassifiedLine {
    Classified(ClassifiedAnswer),
    Unreadable { line: usize, problem: String },
}

/// What went wrong, whose it is and what helps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ClassifiedAnswer {
    pub id: Option<String>,
    pub class: FailureClass,
    /// What an error in a stream was.
    pub inner_class: Option<FailureClass>,
    /// Whether the same target may do better, now or after a wait.
    pub retryable: bool,
    pub next_target_helps: bool,
    pub whose: Whose,
    pub why: String,
}

pub(crate) async fn error_classify(request: ErrorClassify) -> Result<ErrorClassified, ApiError> {
    match request {
        ErrorClassify::One(captured) => Ok(ErrorClassified::One(classified(captured))),
        ErrorClassify::File { file } => {
            let read = tokio::task::spawn_blocking(move || classify_file(Path::new(&file))).await;
            let answers = read.map_err(|error| ApiError::internal(&error))??;
            Ok(ErrorClassified::File { answers })
        }
    }
}

fn classify_file(file: &Path) -> Result<Vec<ClassifiedLine>, ApiError> {
    let unreadable = |problem: String| {
        let message = format!("`{}` cannot be read: {problem}", file.display());
        ApiError::invalid(message, "name a file with one captured answer as JSON on each line")
    };
    let size = std::fs::metadata(file).map_err(|error| unreadable(error.to_string()))?.len();
    if size > LARGEST_FILE {
        return Err(unreadable("it is larger than 64 MiB".to_owned()));
    }
    let bytes = std::fs::read(file).map_err(|error| unreadable(error.to_string()))?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{feff}');
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    Ok(lines
        .map(|(index, line)| match serde_json::from_str::<CapturedAnswer>(line) {
            Ok(captured) => ClassifiedLine::Classified(classified(captured)),
            Err(error) => {
                ClassifiedLine::Unreadable { line: index + 1, problem: error.to_string() }
            }
        })
        .collect())
}

fn classified(captured: CapturedAnswer) -> ClassifiedAnswer {
    let content_type = captured.content_type.as_deref();
    let found = classify(&HttpAnswer {
        provider: captured.provider.as_str(),
        status: captured.status,
        headers: &captured.headers,
        content_type: content_type.or_else(|| captured.header("content-type")),
        body: &captured.body,
        in_stream: captured.in_stream,
    });
    ClassifiedAnswer {
        id: captured.id,
        class: found.class,
        inner_class: found.inner,
        retryable: found.retryable,
        next_target_helps: found.next_target_helps,
        whose: found.whose,
        why: found.why,
    }
}

#[cfg(test)]
mod tests;
