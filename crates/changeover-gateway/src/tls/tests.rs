use changeover_domain::UnixMs;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use super::*;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A certificate that is valid in the year 2030, and its key.
    fn pair(&self, name: &str) -> (PathBuf, PathBuf) {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2030, 1, 1);
        params.not_after = date_time_ymd(2030, 12, 31);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        (
            self.file(&format!("{name}.pem"), &certificate.pem()),
            self.file(&format!("{name}.key"), &key.serialize_pem()),
        )
    }
}

fn read(certificate: &Path, key: &Path, client_ca: Option<&Path>) -> Result<Tls, String> {
    let files = TlsFiles {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
        client_ca: client_ca.map(Path::to_owned),
    };
    Tls::read(files).map_err(|error| error.to_string())
}

#[test]
fn each_slip_is_refused_with_the_file_and_what_is_wrong_with_it() {
    let folder = Folder::new();
    let (certificate, key) = folder.pair("good");
    let (_, other_key) = folder.pair("other");
    let prose = folder.file("prose.pem", "this is no certificate\n");
    let torn = folder.file("torn.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n");
    let garbage = folder
        .file("garbage.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let missing = folder.0.path().join("missing.pem");
    for (refused, expected) in [
        (read(&missing, &key, None), "missing.pem cannot be read"),
        (read(&prose, &key, None), "prose.pem holds no certificate in PEM form"),
        (read(&torn, &key, None), "torn.pem holds no certificate in PEM form"),
        (read(&key, &key, None), "good.key holds no certificate in PEM form"),
        (read(&certificate, &certificate, None), "good.pem holds no private key"),
        (read(&certificate, &other_key, None), "other.key does not belong to the certificate in"),
        (read(&garbage, &key, None), "the certificate in "),
        (read(&certificate, &key, Some(&prose)), "prose.pem holds no certificate"),
        (read(&certificate, &key, Some(&garbage)), "garbage.pem cannot be used"),
    ] {
        let error = refused.unwrap_err();
        assert!(error.contains(expected), "`{expected}` is not in: {error}");
        assert!(!error.contains("PRIVATE KEY-----\n"), "nothing of a key: {error}");
    }
    assert!(read(&certificate, &key, Some(&certificate)).unwrap().asks_for_certificates());
    assert!(!read(&certificate, &key, None).unwrap().asks_for_certificates());
}

#[test]
fn a_certificate_that_is_not_valid_now_or_not_for_long_is_spoken_of() {
    let folder = Folder::new();
    let (certificate, key) = folder.pair("good");
    let validity = read(&certificate, &key, None).unwrap().validity();
    let day = |days: i64| UnixMs(days * 86_400_000);
    // 2030-01-01 and 2030-12-31, in days since 1970.
    let (from, until) = (day(21_915), day(22_279));
    assert_eq!(validity, Validity { from: Some(from), until: Some(until) });
    let said = |now: UnixMs| validity.warning(now).unwrap_or_default();
    assert!(said(day(21_900)).contains("not valid yet"), "{}", said(day(21_900)));
    assert_eq!(said(day(22_000)), "");
    assert!(said(day(22_270)).contains("runs out in 9 days"), "{}", said(day(22_270)));
    assert!(said(day(22_289)).contains("ran out 10 days ago"), "{}", said(day(22_289)));
}
