//! Looking for what is known along a document. Most documents have it in the order in which it was, so
//! the piece that comes next is tried first, and then the others in turn.

/// How many comparisons a document may take beside two for each piece that is known: a page that was
/// written anew from end to end is not searched in vain.
const SPARE_COMPARISONS: usize = 8_192;

/// Whose turn it is.
#[derive(Debug)]
pub(crate) struct Turns {
    next: usize,
    comparisons_left: usize,
}

impl Turns {
    /// For so many pieces.
    pub(crate) fn new(pieces: usize) -> Self {
        Self { next: 0, comparisons_left: 2 * pieces + SPARE_COMPARISONS }
    }

    /// The number of the piece with which the text begins.
    pub(crate) fn find<T>(
        &mut self,
        text: &str,
        pieces: &[T],
        bytes: impl Fn(&T) -> &str,
    ) -> Option<usize> {
        let (before, after) = pieces.split_at_checked(self.next)?;
        let in_turn = after.iter().chain(before).take(self.comparisons_left);
        let position = in_turn.clone().position(|piece| text.starts_with(bytes(piece)));
        self.comparisons_left -= position.map_or(in_turn.count(), |position| position + 1);
        let number = (self.next + position?) % pieces.len();
        self.next = number + 1;
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_found_in_any_order_and_the_next_one_first() {
        let pieces = ["<a/>", "<b/>", "<a/>"];
        let mut turns = Turns::new(pieces.len());
        let mut find = |text| turns.find(text, &pieces, |piece| piece);
        assert_eq!(
            [find("<b/>x"), find("<a/>"), find("<a/>"), find("<c/>")].map(|n| n),
            [Some(1), Some(2), Some(0), None]
        );
        assert_eq!(Turns::new(0).find("x", &[], |piece: &&str| piece), None);
    }

    #[test]
    fn a_search_in_vain_ends() {
        let pieces = ["a"; 4_000];
        let mut turns = Turns::new(pieces.len());
        for _ in 0..5 {
            assert_eq!(turns.find("b", &pieces, |piece| piece), None);
        }
        assert_eq!(turns.find("a", &pieces, |piece| piece), None, "its comparisons are used up");
    }
}
