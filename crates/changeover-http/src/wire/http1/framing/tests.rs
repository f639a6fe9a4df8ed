use proptest::prelude::*;

use super::*;

/// A body in chunks of these sizes, with something between that is passed over.
fn chunked(body: &[u8], sizes: &[usize], noise: &str) -> Vec<u8> {
    let mut wire = Vec::new();
    let mut rest = body;
    for size in sizes {
        let (chunk, after) = rest.split_at((*size).min(rest.len()));
        if !chunk.is_empty() {
            wire.extend_from_slice(format!("{:X}{noise}\r\n", chunk.len()).as_bytes());
            wire.extend_from_slice(chunk);
            wire.extend_from_slice(b"\r\n");
        }
        rest = after;
    }
    if !rest.is_empty() {
        wire.extend_from_slice(format!("{:x}\r\n", rest.len()).as_bytes());
        wire.extend_from_slice(rest);
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(b"0\r\nx-trailer: 1\r\n\r\n");
    wire
}

/// What is read of a body that comes in pieces: the body, whether it ended, and what lay behind it.
fn read(
    mut framing: Framing,
    wire: &[u8],
    cuts: &[usize],
) -> Result<(Vec<u8>, bool, usize), BadChunk> {
    let (mut body, mut behind, mut rest) = (Vec::new(), 0, wire);
    for cut in cuts.iter().copied().chain([wire.len()]) {
        let (mut piece, after) = rest.split_at(cut.min(rest.len()));
        rest = after;
        while let Some(data) = framing.next(&mut piece)? {
            body.extend_from_slice(data);
        }
        behind += piece.len();
    }
    Ok((body, framing.is_over(), behind))
}

proptest! {
    #[test]
    fn however_a_body_is_cut_it_is_the_same(
        body in prop::collection::vec(any::<u8>(), 0..300),
        sizes in prop::collection::vec(1_usize..60, 0..8),
        cuts in prop::collection::vec(0_usize..40, 0..30),
        noise in prop::sample::select(vec!["", " \t", ";a=b", " ;a=\"\u{e9}\""]),
        behind in 0_usize..5,
    ) {
        let mut wire = chunked(&body, &sizes, noise);
        wire.extend(std::iter::repeat_n(b'!', behind));
        prop_assert_eq!(read(Framing::chunked(), &wire, &cuts), Ok((body.clone(), true, behind)));
        let mut wire = body.clone();
        wire.extend(std::iter::repeat_n(b'!', behind));
        let length = Framing::Length(u64::try_from(body.len()).unwrap());
        prop_assert_eq!(read(length, &wire, &cuts), Ok((body, true, behind)));
        let whole = wire.clone();
        prop_assert_eq!(read(Framing::UntilClose, &wire, &cuts), Ok((whole, false, 0)));
    }

    #[test]
    fn what_is_cut_short_is_never_over(
        body in prop::collection::vec(any::<u8>(), 1..100),
        sizes in prop::collection::vec(1_usize..60, 0..8),
        lost in 1_usize..200,
    ) {
        let mut wire = chunked(&body, &sizes, "");
        wire.truncate(wire.len().saturating_sub(lost));
        let (_, over, behind) = read(Framing::chunked(), &wire, &[]).unwrap();
        prop_assert!(!over && behind == 0);
    }

    #[test]
    fn rubbish_is_an_error_or_a_body_no_longer_than_itself(
        wire in prop::collection::vec(
            prop::sample::select(b"09aF \t;\r\nxy".to_vec()), 0..200),
        cuts in prop::collection::vec(0_usize..10, 0..30),
    ) {
        let once = read(Framing::chunked(), &wire, &[]);
        prop_assert_eq!(&once, &read(Framing::chunked(), &wire, &cuts), "however it is cut");
        if let Ok((body, _, behind)) = once {
            prop_assert!(body.len() + behind <= wire.len());
        }
    }
}

#[test]
fn sizes_and_ends_that_can_be_read_in_two_ways_are_refused() {
    let refused = [
        "\r\n",
        "g\r\n",
        "-1\r\n",
        "+1\r\n",
        "0x1\r\n",
        "1\n",
        "1 1\r\n",
        "1;a\n",
        "1\r\r\n",
        "11111111111111111\r\n",
    ];
    for wire in refused {
        assert_eq!(read(Framing::chunked(), wire.as_bytes(), &[]), Err(BadChunk::Size), "{wire:?}");
    }
    for wire in ["1\r\nab\r\n", "1\r\na\n", "0\r\n\n", "0\r\na: b\n", "0\r\na: b\r\r\n"] {
        assert_eq!(read(Framing::chunked(), wire.as_bytes(), &[]), Err(BadChunk::End), "{wire:?}");
    }
}

#[test]
fn what_is_passed_over_has_an_end() {
    let extension = format!("1;{}", "x".repeat(20_000));
    let trailer = format!("0\r\na: {}", "x".repeat(20_000));
    let many = "1;xxxxxxxx\r\na\r\n".repeat(3_000);
    for wire in [extension, trailer, many] {
        let read = read(Framing::chunked(), wire.as_bytes(), &[]);
        assert_eq!(read, Err(BadChunk::PassedOver));
    }
}
