//! Bedrock: the exception's name is in a header, in a field or before the message, and
//! `ValidationException` stands for everything.

use changeover_domain::{FailureClass, Whose};

use crate::classify::envelope::ErrorBody;
use crate::classify::{Classified, HttpAnswer};

pub(super) fn judge(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let exception = exception_name(answer, error)?;
    let bare = exception.strip_suffix("exception").unwrap_or(&exception);
    by_words(bare, error).or_else(|| by_name(bare))
}

fn by_name(exception: &str) -> Option<Classified> {
    let (class, why) = match exception {
        "throttling" => (FailureClass::RateLimited, "AWS throttles us"),
        "expiredtoken"
        | "unrecognizedclient"
        | "invalidsignature"
        | "signaturedoesnotmatch"
        | "missingauthenticationtoken"
        | "invalidclienttokenid"
        | "incompletesignature" => (FailureClass::Authentication, "AWS rejects our credentials"),
        "accessdenied" => (FailureClass::Permission, "our role may not use this model"),
        "servicequotaexceeded" => (FailureClass::QuotaExhausted, "our service quota is used up"),
        "modelnotready" | "serviceunavailable" => {
            (FailureClass::Overloaded, "the model is not ready")
        }
        "modeltimeout" => {
            (FailureClass::TimeoutTotal, "the model ran out of the vendor's own time")
        }
        "modelstreamerror" | "modelerror" | "internalserver" | "internalfailure" => {
            (FailureClass::ServerError, "the model service failed")
        }
        "resourcenotfound" => return Some(model_not_found()),
        _ => return None,
    };
    Some(Classified::usual(class, why))
}

/// What the words say in spite of the exception's name.
fn by_words(exception: &str, error: &ErrorBody) -> Option<Classified> {
    let words = &error.words;
    match exception {
        "throttling" if words.any(&["per day", "daily"]) => Some(Classified::usual(
            FailureClass::QuotaExhausted,
            "our tokens of the day are used up",
        )),
        "throttling" if words.any(&["too many connections", "concurrent"]) => {
            let why = "too many of our requests are open at once";
            Some(Classified::usual(FailureClass::ConcurrencyLimited, why))
        }
        "throttling" if words.any(&["high demand", "capacity", "overloaded"]) => {
            Some(Classified::usual(FailureClass::Overloaded, "AWS has no capacity to spare"))
        }
        "modelstreamerror" | "modelerror" if words.any(&["tooluse", "tool use"]) => {
            let why = "the model called a tool wrongly";
            Some(Classified::usual(FailureClass::MalformedToolCall, why))
        }
        "accessdenied" if words.any(&["payment_instrument", "payment instrument"]) => {
            let why = "the account has no valid way of paying for this model";
            Some(Classified::usual(FailureClass::SpendCap, why))
        }
        "resourcenotfound" if words.any(&["use case details"]) => {
            let why = "the account has not been cleared for this vendor's models";
            Some(Classified::usual(FailureClass::Permission, why))
        }
        "validation" if words.any(&["operation not allowed", "not authorized to invoke"]) => {
            Some(Classified::usual(FailureClass::Permission, "the account may not call the model"))
        }
        "validation" if words.any(&["unsupported countries"]) => Some(
            Classified::usual(FailureClass::Permission, "the vendor does not serve this place")
                .whose(Whose::OurNetwork),
        ),
        "validation" if words.any(&["model identifier is invalid", "on-demand throughput"]) => {
            Some(model_not_found())
        }
        _ => None,
    }
}

/// In lower case, without what follows it in a header and what stands before it in a type.
fn exception_name(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<String> {
    let header = answer.header("x-amzn-errortype").or_else(|| answer.header(":exception-type"));
    let outer_type = || {
        ["__type", "name"].iter().find_map(|name| {
            error.named(name).filter(|value| value.to_ascii_lowercase().contains("exception"))
        })
    };
    let named = header.map(str::to_owned).or_else(outer_type).or_else(|| in_words(error))?;
    let bare = named.split(':').next().unwrap_or_default();
    let last = bare.rsplit('#').next().unwrap_or_default();
    Some(last.trim().to_ascii_lowercase())
}

/// `An error occurred (ThrottlingException) when …`, or the name before the message.
fn in_words(error: &ErrorBody) -> Option<String> {
    let words = &error.words;
    if let Some(rest) = words.after("an error occurred (") {
        return rest.split_once(')').map(|(name, _)| name.to_owned());
    }
    let (before, _) = words.as_str().split_once("exception:")?;
    let name = before.rsplit(|c: char| !c.is_ascii_alphanumeric()).next()?;
    Some(format!("{name}exception"))
}

fn model_not_found() -> Classified {
    Classified::usual(
        FailureClass::ModelNotFound,
        "the model is not offered under this name and way of paying",
    )
    .whose(Whose::OurConfiguration)
}
