use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use changeover_http::Secret;
use proptest::prelude::*;

use super::*;

const NOW: UnixMs = UnixMs(1_790_000_000_000);
const BODY: &[u8] = br#"{"event_type":"public_incident.incident_created_v2"}"#;

/// Computed once with OpenSSL: `openssl dgst -sha256 -mac HMAC`, over
/// `msg_1.1790000000.` and the body, with the key `0123456789abcdef0123456789abcdef`.
const VECTOR: &str = "v1,ydZgmumAiw7ec4+WHeF4rsVKftjg8Ge6GkVtdnR1H6A=";
/// The same body alone, with the key `a secret of our page`.
const INSTATUS_VECTOR: &str = "b6fd71eb1b3c5388dfade5dad8895e9990ba46a79e09e715e4bf5ec51673ea89";

fn key(bytes: &[u8]) -> SigningKey {
    let secret = Secret::new(&format!("whsec_{}", STANDARD.encode(bytes)));
    SigningKey::try_new(WebhookPlatform::IncidentIo, &secret).unwrap()
}

fn first() -> SigningKey {
    key(b"0123456789abcdef0123456789abcdef")
}

fn second() -> SigningKey {
    key(b"fedcba9876543210fedcba9876543210")
}

fn headers(id: &str, time: &str, signature: &str) -> HeaderMap {
    named(["webhook-id", "webhook-timestamp", "webhook-signature"], [id, time, signature])
}

fn named<const N: usize>(names: [&'static str; N], values: [&str; N]) -> HeaderMap {
    names
        .into_iter()
        .zip(values)
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect()
}

fn standard(keys: &[SigningKey], headers: &HeaderMap, now: UnixMs) -> Result<Seal, SignatureError> {
    verify(WebhookPlatform::IncidentIo, keys, headers, BODY, now)
}

#[test]
fn a_signature_of_another_implementation_fits() {
    let vector = headers("msg_1", "1790000000", VECTOR);
    assert!(standard(&[first()], &vector, NOW).is_ok());
    assert_eq!(sign(&first(), "msg_1", NOW, BODY), VECTOR);
    let names = ["svix-id", "svix-timestamp", "svix-signature"];
    let svix = named(names, ["msg_1", "1790000000", VECTOR]);
    assert!(standard(&[first()], &svix, NOW).is_ok(), "under the names of Svix as well");
}

#[test]
fn one_of_several_signatures_and_one_of_several_keys_are_enough() {
    let (old, new) = (sign(&first(), "m", NOW, BODY), sign(&second(), "m", NOW, BODY));
    let both = headers("m", "1790000000", &format!("v1a,AAAA {old} {new}"));
    assert!(standard(&[second()], &both, NOW).is_ok(), "the sender rotates");
    let only_new = headers("m", "1790000000", &new);
    assert!(standard(&[first(), second()], &only_new, NOW).is_ok(), "the receiver rotates");
    assert_eq!(standard(&[first()], &only_new, NOW), Err(SignatureError::NoMatch));
    assert_eq!(standard(&[], &only_new, NOW), Err(SignatureError::NoMatch), "no key fits nothing");
}

#[test]
fn what_was_signed_cannot_be_given_another_id_time_or_body() {
    let signature = sign(&first(), "m", NOW, BODY);
    let other_id = headers("n", "1790000000", &signature);
    assert_eq!(standard(&[first()], &other_id, NOW), Err(SignatureError::NoMatch));
    let other_time = headers("m", "1790000001", &signature);
    assert_eq!(standard(&[first()], &other_time, NOW), Err(SignatureError::NoMatch));
    let right = headers("m", "1790000000", &signature);
    let other_body = verify(WebhookPlatform::IncidentIo, &[first()], &right, b"{}", NOW);
    assert_eq!(other_body, Err(SignatureError::NoMatch));
}

#[test]
fn a_time_outside_the_window_is_refused_on_either_side_of_it() {
    let signed = headers("m", "1790000000", &sign(&first(), "m", NOW, BODY));
    for (skew, fits) in
        [(0, true), (300_000, true), (300_001, false), (-300_000, true), (-300_001, false)]
    {
        let checked = standard(&[first()], &signed, NOW.plus_millis(skew));
        assert_eq!(checked.is_ok(), fits, "{skew} ms: {checked:?}");
    }
    let late = standard(&[first()], &signed, NOW.plus_millis(600_000)).unwrap_err();
    assert!(late.to_string().contains("600 s before ours"), "{late}");
    let old_without_key = headers("m", "1", "v1,AAAA");
    assert_eq!(
        standard(&[first()], &old_without_key, NOW),
        Err(SignatureError::NoMatch),
        "a stranger learns nothing of our clock"
    );
}

#[test]
fn what_is_missing_or_malformed_is_named() {
    let none = HeaderMap::new();
    assert_eq!(standard(&[first()], &none, NOW), Err(SignatureError::Missing("webhook-id")));
    let no_time = named(["webhook-id"], ["m"]);
    let missing = SignatureError::Missing("webhook-timestamp");
    assert_eq!(standard(&[first()], &no_time, NOW), Err(missing));
    for time in ["", "-1", "+5", "1.5", "99999999999999999999", "9223372036854775807", " 1"] {
        let refused = standard(&[first()], &headers("m", time, "v1,AAAA"), NOW).unwrap_err();
        assert_eq!(refused, SignatureError::Malformed("webhook-timestamp"), "{time}");
    }
    let long = headers(&"m".repeat(257), "1790000000", "v1,AAAA");
    assert_eq!(standard(&[first()], &long, NOW), Err(SignatureError::Malformed("webhook-id")));
}

#[test]
fn instatus_signs_the_body_alone_in_hexadecimal() {
    let platform = WebhookPlatform::Instatus;
    let keys = [SigningKey::try_new(platform, &Secret::new("a secret of our page")).unwrap()];
    let check = |signature: &str, body: &[u8]| {
        let headers = named(["x-instatus-webhook-signature"], [signature]);
        verify(platform, &keys, &headers, body, NOW)
    };
    assert!(check(INSTATUS_VECTOR, BODY).is_ok());
    assert!(check(&INSTATUS_VECTOR.to_uppercase(), BODY).is_ok());
    assert_eq!(check(INSTATUS_VECTOR, b"{}"), Err(SignatureError::NoMatch));
    let name = "x-instatus-webhook-signature";
    for malformed in ["", "zz", &"é".repeat(32), &INSTATUS_VECTOR.replace('a', "g")] {
        assert_eq!(check(malformed, BODY), Err(SignatureError::Malformed(name)), "{malformed}");
    }
}

proptest! {
    #[test]
    fn nothing_that_is_shown_without_a_key_fits(
        id in "[ -~]{0,40}", time in "[0-9]{1,12}", signature in "[ -~]{0,200}", body in any::<Vec<u8>>()
    ) {
        let shown = headers(&id, &time, &signature);
        let checked = verify(WebhookPlatform::Other, &[first()], &shown, &body, NOW);
        prop_assert!(checked.is_err());
    }

    #[test]
    fn what_is_signed_now_fits_now(id in "[!-~]{1,64}", body in any::<Vec<u8>>()) {
        let shown = headers(&id, "1790000000", &sign(&second(), &id, NOW, &body));
        let checked = verify(WebhookPlatform::Other, &[first(), second()], &shown, &body, NOW);
        prop_assert!(checked.is_ok());
    }
}

/// The specification's own example, as its reference libraries test it.
#[test]
fn it_signs_as_the_specification_does() {
    let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let key = SigningKey::of_sender(&secret).unwrap();
    let at = UnixMs(1_614_265_330_000);
    let signature = sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, br#"{"test": 2432232314}"#);
    assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

/// Made with Python's `hmac`, over bytes that are no ASCII.
#[test]
fn it_signs_bytes_and_not_characters() {
    let secret = Secret::new("whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=");
    let key = SigningKey::of_sender(&secret).unwrap();
    let body = "{\"title\":\"ü ☂\"}".as_bytes();
    let signature = sign(&key, "msg_1", UnixMs(1_795_183_200_000), body);
    assert_eq!(signature, "v1,bxc4V0Xd4oe2+dDNXjwpxhK4JZ3l9w5drjFZGUKSYUM=");
}
