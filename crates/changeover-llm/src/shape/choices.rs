//! A search written as if every choice were right the first time.
//!
//! The maker asks at each fork which way to go and is told the first. If what comes of it will not do,
//! it starts again, and the last fork that has a way left is told the next one. So the ways are walked
//! in order, depth first, without any bookkeeping in the maker.

/// The ways taken so far.
#[derive(Debug, Default)]
pub(super) struct Choices {
    taken: Vec<Fork>,
    at: usize,
}

#[derive(Debug, Clone, Copy)]
struct Fork {
    way: usize,
    ways: usize,
}

impl Choices {
    /// Which of `ways` to go. With none or one there is no choice.
    pub(super) fn choose(&mut self, ways: usize) -> usize {
        if ways < 2 {
            return 0;
        }
        let known = self.taken.get(self.at).copied();
        self.at += 1;
        known.map_or_else(
            || {
                self.taken.push(Fork { way: 0, ways });
                0
            },
            |fork| fork.way,
        )
    }

    /// Turns to the next combination; `false` when all have been.
    pub(super) fn advance(&mut self) -> bool {
        self.at = 0;
        while let Some(fork) = self.taken.last_mut() {
            if fork.way + 1 < fork.ways {
                fork.way += 1;
                return true;
            }
            self.taken.pop();
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_comes_once_and_in_order() {
        let mut choices = Choices::default();
        let mut seen = Vec::new();
        loop {
            let first = choices.choose(2);
            // The second fork is there only on one of the ways.
            let second = if first == 0 { choices.choose(3) } else { choices.choose(1) };
            seen.push((first, second));
            if !choices.advance() {
                break;
            }
        }
        assert_eq!(seen, [(0, 0), (0, 1), (0, 2), (1, 0)]);
    }
}
