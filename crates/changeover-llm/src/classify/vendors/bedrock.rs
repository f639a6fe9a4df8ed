//! Bedrock: the exception's name is in a header or before the message, and `ValidationException`
//! stands for everything.

use changeover_domain::{FailureClass, Whose};

use crate::classify::envelope::ErrorBody;
use crate::classify::{Classified, HttpAnswer};

pub(super) fn judge(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let exception = exception_name(answer, error);
    let words = &error.words;
    match exception.as_str() {
        "throttlingexception" => Some(throttled(error)),
        "expiredtokenexception"
        | "expiredtoken"
        | "unrecognizedclientexception"
        | "invalidsignatureexception" => {
            Some(Classified::usual(FailureClass::Authentication, "AWS rejects our credentials"))
        }
        "accessdeniedexception" => {
            Some(Classified::usual(FailureClass::Permission, "our role may not use this model"))
        }
        "servicequotaexceededexception" => {
            Some(Classified::usual(FailureClass::QuotaExhausted, "our service quota is used up"))
        }
        "modelnotreadyexception" | "serviceunavailableexception" => {
            Some(Classified::usual(FailureClass::Overloaded, "the model is not ready"))
        }
        "modeltimeoutexception" => Some(Classified::usual(
            FailureClass::TimeoutTotal,
            "the model ran out of the vendor's own time",
        )),
        "modelstreamerrorexception" | "modelerrorexception" | "internalserverexception" => {
            Some(Classified::usual(FailureClass::ServerError, "the model service failed"))
        }
        "resourcenotfoundexception" => Some(model_not_found()),
        "validationexception"
            if words.any(&["model identifier is invalid", "on-demand throughput"]) =>
        {
            Some(model_not_found())
        }
        _ => None,
    }
}

fn exception_name(answer: &HttpAnswer<'_>, error: &ErrorBody) -> String {
    let header = answer.header("x-amzn-errortype").unwrap_or_default();
    let named = if header.is_empty() { error.text_at("/__type") } else { header };
    let bare = named.split(':').next().unwrap_or_default();
    bare.rsplit('#').next().unwrap_or_default().to_ascii_lowercase()
}

fn throttled(error: &ErrorBody) -> Classified {
    if error.words.any(&["per day"]) {
        return Classified::usual(
            FailureClass::QuotaExhausted,
            "our tokens of the day are used up",
        );
    }
    Classified::usual(FailureClass::RateLimited, "AWS throttles us")
}

fn model_not_found() -> Classified {
    Classified::usual(
        FailureClass::ModelNotFound,
        "the model is not offered under this name and way of paying",
    )
    .whose(Whose::OurConfiguration)
}
