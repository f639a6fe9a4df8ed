//! A door as it stands in a file: `[[webhooks.pages]]` of the console, `[[hooks]]` of a gateway.

use changeover_config::{ConfigError, ConfigSource, SecretError, SecretRef, Spanned, resolve};
use changeover_domain::{SourceId, WebhookPlatform};
use changeover_http::Secret;
use serde::Deserialize;

use crate::{Door, DoorError, Doors, MOST_DOORS};

/// One entry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoorConfig {
    page: Spanned<SourceId>,
    platform: Option<WebhookPlatform>,
    secret: Spanned<SecretRef>,
    #[serde(default)]
    signing: Vec<Spanned<SecretRef>>,
}

/// Checks all entries and fetches their secrets. `usual` is the platform of a page where the entry
/// names none, or the sentence that says why that cannot be.
///
/// # Errors
/// [`ConfigError`] at the first that does not fit.
pub fn doors(
    configs: &[DoorConfig],
    usual: impl Fn(&SourceId) -> Result<Option<WebhookPlatform>, String>,
    source: &ConfigSource,
) -> Result<Doors, ConfigError> {
    checked(configs, usual, source, resolve)
}

fn checked(
    configs: &[DoorConfig],
    usual: impl Fn(&SourceId) -> Result<Option<WebhookPlatform>, String>,
    source: &ConfigSource,
    fetch: impl Fn(&SecretRef) -> Result<Secret, SecretError>,
) -> Result<Doors, ConfigError> {
    let mut doors: Vec<Door> = Vec::new();
    for config in configs {
        let refuse = |problem: String| Err(source.refused(&config.page.span(), problem));
        if doors.len() == MOST_DOORS {
            return refuse(format!("at most {MOST_DOORS} pages can have webhooks"));
        }
        let usual = usual(config.page.get_ref()).or_else(refuse_with(config, source))?;
        let Some(platform) = config.platform.or(usual) else {
            let all = WebhookPlatform::ALL.map(WebhookPlatform::as_str).join(", ");
            return refuse(format!("say who sends, with `platform`: one of {all}"));
        };
        let door = door(config, platform, source, &fetch)?;
        // One page may have several, while its secret is changed; but each at an address of its own.
        if doors.iter().any(|known| known.opens_as(&door)) {
            let page = config.page.get_ref();
            return refuse(format!(
                "`{page}` stands twice with the same secret; to exchange a signing key, name both in \
                 one entry's `signing`"
            ));
        }
        doors.push(door);
    }
    Ok(Doors::new(doors))
}

fn refuse_with<'a, T>(
    config: &'a DoorConfig,
    source: &'a ConfigSource,
) -> impl FnOnce(String) -> Result<T, ConfigError> + 'a {
    move |problem| Err(source.refused(&config.page.span(), problem))
}

fn door(
    config: &DoorConfig,
    platform: WebhookPlatform,
    source: &ConfigSource,
    fetch: impl Fn(&SecretRef) -> Result<Secret, SecretError>,
) -> Result<Door, ConfigError> {
    let fetched = |reference: &Spanned<SecretRef>| {
        fetch(reference.get_ref())
            .map_err(|error| source.refused(&reference.span(), error.to_string()))
    };
    let secret = fetched(&config.secret)?;
    let signing = config.signing.iter().map(fetched).collect::<Result<Vec<_>, _>>()?;
    Door::try_new(config.page.get_ref().clone(), platform, &secret, &signing).map_err(|error| {
        let at = match &error {
            DoorError::Secret => Some(&config.secret),
            DoorError::Key(_) | DoorError::TooManyKeys => config.signing.first(),
        };
        let span = at.map_or_else(|| config.page.span(), Spanned::span);
        source.refused(&span, error.to_string())
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct File {
        hooks: Vec<DoorConfig>,
    }

    /// The secrets that the tests' files name.
    fn fetch(reference: &SecretRef) -> Result<Secret, SecretError> {
        match reference {
            SecretRef::Env(name) if name == "PATH_SECRET" => {
                Ok(Secret::new("0123456789abcdef01234567"))
            }
            SecretRef::Env(name) if name == "KEY" => {
                Ok(Secret::new("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"))
            }
            SecretRef::Env(name) if name == "WEAK" => Ok(Secret::new("hunter2")),
            SecretRef::Env(name) | SecretRef::Keychain(name) => {
                Err(SecretError::EnvMissing(name.clone()))
            }
        }
    }

    fn read(text: &str) -> Result<Doors, String> {
        let source = ConfigSource::from_text(Path::new("FILE"), text);
        let file: File = source.parse().map_err(|error| error.to_string())?;
        let usual = |page: &SourceId| match page.as_str() {
            "claude" => Ok(Some(WebhookPlatform::Statuspage)),
            "own" => Ok(None),
            other => Err(format!("there is no status page `{other}`")),
        };
        checked(&file.hooks, usual, &source, fetch).map_err(|error| error.to_string())
    }

    #[test]
    fn an_entry_becomes_a_door() {
        let doors = read(
            r#"hooks = [
                { page = "claude", secret = "env:PATH_SECRET" },
                { page = "own", platform = "other", secret = "env:PATH_SECRET", signing = ["env:KEY"] },
            ]"#,
        )
        .unwrap();
        let told: Vec<_> =
            doors.iter().map(|door| (door.platform(), door.asks_for_signatures())).collect();
        assert_eq!(told, [(WebhookPlatform::Statuspage, false), (WebhookPlatform::Other, true)]);
    }

    #[test]
    fn what_does_not_fit_is_refused_where_it_stands() {
        for (entry, said) in [
            (r#"page = "x", secret = "env:PATH_SECRET""#, "there is no status page `x`"),
            (
                r#"page = "own", secret = "env:PATH_SECRET""#,
                "say who sends, with `platform`: one of",
            ),
            (r#"page = "claude", secret = "env:NONE""#, "`NONE` is not set"),
            (r#"page = "claude", secret = "env:WEAK""#, "becomes part of an address"),
            (r#"page = "claude", secret = "env:PATH_SECRET", signing = ["env:WEAK"]"#, "Base64"),
            (r#"page = "claude", secret = "sk-live-1""#, "a key itself never stands in a file"),
            (r#"page = "claude", secret = "env:PATH_SECRET", color = 1"#, "unknown field `color`"),
        ] {
            let refused = read(&format!("\nhooks = [{{ {entry} }}]")).unwrap_err();
            assert!(refused.starts_with("FILE, line 2") && refused.contains(said), "{refused}");
            assert!(!refused.contains("hunter2") && !refused.contains("sk-live"), "{refused}");
        }
        let one = r#"{ page = "claude", secret = "env:PATH_SECRET" }"#;
        let twice = read(&format!("hooks = [{one}, {one}]")).unwrap_err();
        assert!(twice.contains("stands twice with the same secret"), "{twice}");
        let signed = r#"{ page = "claude", secret = "env:PATH_SECRET", signing = ["env:KEY"] }"#;
        let shadowed = read(&format!("hooks = [{signed}, {one}]")).unwrap_err();
        assert!(shadowed.contains("name both in one entry's `signing`"), "{shadowed}");
        let many = vec![one; 65].join(", ");
        assert!(read(&format!("hooks = [{many}]")).is_err());
    }
}
