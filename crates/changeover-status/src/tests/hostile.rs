//! Whatever arrives, the answer is a reading or a reason, soon.

use proptest::prelude::*;

use super::{ATOM, INCIDENTS, RSS, SUMMARY, names};
use crate::{ReadContext, read_any};
use changeover_domain::{ProviderId, SourceId};

fn look(bytes: &[u8]) {
    let source = SourceId::try_new("s").unwrap();
    let provider = ProviderId::try_new("p").unwrap();
    let names = names();
    let context =
        ReadContext { names: &names, ..ReadContext::new(&source, &provider, crate::tests::now()) };
    if let Err(error) = read_any(context, bytes) {
        assert!(!error.to_string().is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        look(&bytes);
    }

    #[test]
    fn random_markup_never_panics(text in "(<[a-z!/?]{0,3}[ a-z='\"&;#x0-9é]{0,8}>?|[A-Z][a-z]{2} [0-9]{1,2}, [0-9]{2}:[0-9]{2} [A-Z]{3}|[\\PC]){0,60}") {
        look(format!("<rss><channel>{text}</channel></rss>").as_bytes());
        crate::html::to_text(&text);
    }

    #[test]
    fn a_damaged_document_never_panics(
        which in 0..4_usize,
        cut in 0.0..1.0_f64,
        at in any::<prop::sample::Index>(),
        with in any::<[u8; 3]>(),
    ) {
        let mut bytes = [SUMMARY, INCIDENTS, RSS, ATOM][which].as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes.splice(at..at + 1, with);
        if cut < 0.5 {
            bytes.truncate(at + 3);
        }
        look(&bytes);
    }
}

#[test]
fn hostile_masses_are_read_or_refused_in_one_pass() {
    let big = crate::MAX_BODY_BYTES;
    for piece in ["<a", "<a>", "<!--", "<![CDATA[", "&", "&lt;", "[", "{\"a\":", "<a b='", "x"] {
        let body = format!("<rss>{}", piece.repeat(big / piece.len() - 1));
        look(body.as_bytes());
        look(piece.repeat(big / piece.len()).as_bytes());
    }
    for piece in ["<a", "<script>", "</script", "&#", "<!--", "<ul><li>", "<"] {
        crate::html::to_text(&piece.repeat(10_000));
    }
}
