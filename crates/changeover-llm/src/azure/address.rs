//! Where a deployment is addressed.
//!
//! A resource has two interfaces: `v1`, which takes the deployment as the model and needs no
//! version, and the older one, which has the deployment in its path and a dated version behind it.
//! The base address says which: a dated `api-version` or a path with `deployments` means the older
//! one, everything else `v1`. A base that names a deployment is used for that deployment.

use reqwest::Url;

use crate::dialect::{BadAddress, base_address};

/// Taken where the base names a deployment and no version: the last dated one that is stable.
const LAST_DATED: &str = "2024-10-21";
/// From here on the dated interface knows `max_completion_tokens` and `stream_options`.
const KNOWS_REASONING: &str = "2024-09-01";

/// Which interface is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    V1,
    Dated,
    DatedBeforeReasoning,
}

/// The address of chat completions for `deployment` under `base`.
pub(super) fn of(base: &str, deployment: &str) -> Result<(Url, Style), BadAddress> {
    let mut url = base_address(base)?;
    let segments: Vec<String> = url
        .path_segments()
        .ok_or(BadAddress)?
        .filter(|segment| !segment.is_empty())
        .map(str::to_owned)
        .collect();
    let version = url
        .query_pairs()
        .find(|(name, _)| name == "api-version")
        .map(|(_, version)| version.into_owned());
    let named = segments.iter().any(|segment| segment == "deployments");
    let dated = version.as_deref().is_some_and(is_date) && !ends_with_v1(&segments);
    if !named && !dated {
        set_path(&mut url, &v1_path(segments))?;
        return Ok((url, Style::V1));
    }
    set_path(&mut url, &dated_path(segments, deployment))?;
    if version.is_none() {
        url.query_pairs_mut().append_pair("api-version", LAST_DATED);
    }
    let version = version.unwrap_or_else(|| LAST_DATED.to_owned());
    let older = is_date(&version) && version.as_str() < KNOWS_REASONING;
    Ok((url, if older { Style::DatedBeforeReasoning } else { Style::Dated }))
}

fn is_date(version: &str) -> bool {
    version.starts_with(|c: char| c.is_ascii_digit())
}

fn ends_with_v1(segments: &[String]) -> bool {
    segments.iter().any(|segment| segment == "v1")
}

fn v1_path(mut segments: Vec<String>) -> Vec<String> {
    if !segments.iter().any(|segment| segment == "openai") {
        segments.push("openai".to_owned());
    }
    if !ends_with_v1(&segments) {
        segments.push("v1".to_owned());
    }
    completed(segments)
}

fn dated_path(mut segments: Vec<String>, deployment: &str) -> Vec<String> {
    if !segments.iter().any(|segment| segment == "openai") {
        segments.push("openai".to_owned());
    }
    if !segments.iter().any(|segment| segment == "deployments") {
        segments.push("deployments".to_owned());
    }
    if segments.last().is_some_and(|last| last == "deployments") {
        segments.push(deployment.to_owned());
    }
    completed(segments)
}

/// The end of the path, where the base does not have it already.
fn completed(mut segments: Vec<String>) -> Vec<String> {
    if segments.last().is_some_and(|last| last == "completions") {
        return segments;
    }
    segments.extend(["chat".to_owned(), "completions".to_owned()]);
    segments
}

fn set_path(url: &mut Url, segments: &[String]) -> Result<(), BadAddress> {
    url.path_segments_mut().map_err(|()| BadAddress)?.clear().extend(segments);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(base: &str) -> (String, Style) {
        let (url, style) = of(base, "fast model").unwrap();
        (url.to_string(), style)
    }

    #[test]
    fn a_resource_is_spoken_to_without_a_version() {
        let wanted = "https://r.example/openai/v1/chat/completions";
        for base in [
            "https://r.example",
            "https://r.example/",
            "https://r.example/openai",
            "https://r.example/openai/v1/",
            "https://r.example/openai/v1/chat/completions",
        ] {
            assert_eq!(at(base), (wanted.to_owned(), Style::V1), "{base}");
        }
        let preview = at("https://r.example/openai/v1?api-version=preview").0;
        assert_eq!(preview, format!("{wanted}?api-version=preview"));
    }

    #[test]
    fn a_dated_version_has_the_deployment_in_its_path() {
        let wanted = "https://r.example/openai/deployments/fast%20model/chat/completions\
             ?api-version=2025-01-01-preview";
        for base in [
            "https://r.example?api-version=2025-01-01-preview",
            "https://r.example/openai?api-version=2025-01-01-preview",
            "https://r.example/openai/deployments?api-version=2025-01-01-preview",
        ] {
            assert_eq!(at(base), (wanted.to_owned(), Style::Dated), "{base}");
        }
    }

    #[test]
    fn a_base_that_names_a_deployment_is_used_for_it() {
        let wanted = "https://r.example/openai/deployments/own/chat/completions?api-version=";
        let at_date = |base| at(base).0;
        assert_eq!(
            at_date("https://r.example/openai/deployments/own"),
            format!("{wanted}2024-10-21")
        );
        assert_eq!(
            at("https://r.example/openai/deployments/own/chat/completions?api-version=2023-05-15"),
            (format!("{wanted}2023-05-15"), Style::DatedBeforeReasoning)
        );
    }

    #[test]
    fn a_gateway_before_the_resource_keeps_its_path() {
        assert_eq!(
            at("https://apim.example/team-a").0,
            "https://apim.example/team-a/openai/v1/chat/completions"
        );
        assert_eq!(of("no address", "m"), Err(BadAddress));
    }

    #[test]
    fn a_name_cannot_leave_its_place() {
        let (url, _) = of("https://r.example?api-version=2024-10-21", "../x?y").unwrap();
        assert_eq!(url.path(), "/openai/deployments/..%2Fx%3Fy/chat/completions");
    }
}
