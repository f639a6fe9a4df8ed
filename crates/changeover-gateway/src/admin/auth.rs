//! Who asks: bearer tokens with roles.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use changeover_domain::admin::ProblemKind;

use super::problem::Refused;
use crate::keys;
use crate::settings::{AdminToken, Role};

/// The token that was shown.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) token: String,
}

/// Finds the caller.
pub(super) fn caller(
    headers: &HeaderMap,
    tokens: &[AdminToken],
    needed: Role,
) -> Result<Caller, Refused> {
    let shown = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    let found = keys::holder(shown, tokens, |token: &AdminToken| &token.secret);
    let token = match (shown, found) {
        (Some(_), Some(token)) => token,
        (Some(_), None) => return Err(unknown("this token is not known here")),
        (None, _) => return Err(unknown("show a token: `Authorization: Bearer …`")),
    };
    if token.role < needed {
        return Err(Refused::new(
            ProblemKind::Forbidden,
            format!(
                "the token `{}` has the role `{}`, and this needs `{}`",
                token.name,
                token.role.as_str(),
                needed.as_str()
            ),
        ));
    }
    Ok(Caller { token: token.name.clone() })
}

fn unknown(detail: &str) -> Refused {
    Refused::new(ProblemKind::Unauthenticated, detail)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use changeover_http::Secret;

    use super::*;

    fn asked(header: Option<&'static str>, needed: Role) -> Result<String, u16> {
        let tokens = [
            ("watch", "w-1", Role::Observe),
            ("console", "c-1", Role::Operate),
            ("none", "", Role::Admin),
        ]
        .map(|(name, secret, role)| AdminToken {
            name: name.into(),
            secret: Secret::new(secret),
            role,
        });
        let mut headers = HeaderMap::new();
        if let Some(header) = header {
            headers.insert(AUTHORIZATION, HeaderValue::from_static(header));
        }
        caller(&headers, &tokens, needed)
            .map(|caller| caller.token)
            .map_err(|refused| refused.status())
    }

    #[test]
    fn a_token_gives_what_its_role_allows_and_no_more() {
        assert_eq!(asked(Some("Bearer w-1"), Role::Observe), Ok("watch".into()));
        assert_eq!(asked(Some("bearer c-1"), Role::Observe), Ok("console".into()));
        assert_eq!(asked(Some("Bearer c-1"), Role::Operate), Ok("console".into()));
        assert_eq!(asked(Some("Bearer w-1"), Role::Operate), Err(403));
        assert_eq!(asked(Some("Bearer w-12"), Role::Observe), Err(401));
        assert_eq!(asked(Some("Basic w-1"), Role::Observe), Err(401));
        assert_eq!(asked(None, Role::Observe), Err(401));
        assert_eq!(asked(Some("Bearer "), Role::Observe), Err(401), "no secret, no entry");
    }
}
