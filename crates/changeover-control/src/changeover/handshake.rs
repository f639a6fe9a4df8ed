//! What stands between a console and a gateway when TLS fails, in words that say what to do.
//!
//! The libraries' texts name the cause in their own terms; each side sees only its half, so the words
//! here also say on which side it is to be mended. Not for deciding anything: an error stays the error
//! that it is, with a sentence more.

/// Parts of the libraries' texts, in small letters, and what they amount to. The first that is
/// found counts.
const KNOWN: [(&str, &str); 11] = [
    (
        "invalid peer certificate: expired",
        "the gateway's certificate has expired: renew it there and reload the gateway",
    ),
    (
        "invalid peer certificate: certificate expired",
        "the gateway's certificate has expired: renew it there and reload the gateway",
    ),
    (
        "invalid peer certificate: certificate not valid for name",
        "the gateway's certificate is for another name than the one in `admin_url`: ask for it by \
         that name, or give it a certificate for this one",
    ),
    (
        "invalid peer certificate",
        "the gateway's certificate is of no authority that is believed here: set `tls.ca` of this \
         gateway to the file of the authority that issued it",
    ),
    (
        "fatal alert: certificaterequired",
        "the gateway wants to be shown a certificate: set `tls.certificate` and `tls.key` of this \
         gateway",
    ),
    (
        "fatal alert: certificateexpired",
        "the certificate that is shown to the gateway has expired: renew the file in \
         `tls.certificate`",
    ),
    (
        "fatal alert: unknownca",
        "the certificate that is shown to the gateway is of no authority that it believes: see \
         `client_ca` there",
    ),
    (
        "fatal alert: decrypterror",
        "the certificate that is shown to the gateway is of no authority that it believes: see \
         `client_ca` there",
    ),
    ("fatal alert: badcertificate", "the gateway cannot use the certificate that is shown to it"),
    ("invalidcontenttype", "nothing speaks TLS there: is `admin_url` to begin with `http://`?"),
    (
        "invalid http version",
        "what answers there is no HTTP: is `admin_url` to begin with `https://`?",
    ),
];

/// What the texts of a failed connection's causes amount to, where they are about TLS.
pub(super) fn explained(causes: &str) -> Option<&'static str> {
    let causes = causes.to_ascii_lowercase();
    KNOWN.iter().find(|(part, _)| causes.contains(part)).map(|(_, meaning)| *meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_is_told_what_it_can_mend() {
        let mends = |causes: &str| explained(causes).unwrap_or_default();
        assert!(
            mends("client error (Connect): invalid peer certificate: UnknownIssuer")
                .contains("`tls.ca`")
        );
        assert!(
            mends("invalid peer certificate: certificate expired: verification time 2")
                .contains("renew it there")
        );
        assert!(mends("received fatal alert: CertificateRequired").contains("`tls.certificate`"));
        assert!(mends("received fatal alert: UnknownCA").contains("`client_ca`"));
        assert_eq!(explained("connection refused (os error 111)"), None);
    }
}
