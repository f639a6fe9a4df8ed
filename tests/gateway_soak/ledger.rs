//! What the vendors did, in their own books: the other side of the gateway's account.
//!
//! Not for prices in the gateway's way: they are whole nanodollars a token here, so that the sum
//! needs no rounding and shares no code with what it is held against.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use changeover_domain::{Nanodollars, TokenPrices, TokenUsage};

/// Nanodollars a token: fresh input, cached input, written to the cache, output. The third vendor has
/// no known price.
const PRICES: [Option<[u64; 4]>; 3] = [Some([3, 1, 4, 7]), Some([2, 1, 5, 11]), None];
const PICODOLLARS: u64 = 1_000;

/// The price of a vendor's target, as the configuration has it.
pub(crate) fn price(vendor: usize) -> Option<TokenPrices> {
    let [input, cached, written, output] = PRICES[vendor]?;
    Some(TokenPrices {
        input_picodollars: input * PICODOLLARS,
        cached_input_picodollars: cached * PICODOLLARS,
        cache_write_picodollars: Some(written * PICODOLLARS),
        cache_write_1h_picodollars: None,
        output_picodollars: Some(output * PICODOLLARS),
    })
}

/// All vendors' books.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<Books>);

#[derive(Debug, Default)]
pub(crate) struct Books {
    /// Calls by requests whose caller waits for the answer's head.
    pub(crate) calls: u64,
    pub(crate) usage: TokenUsage,
    pub(crate) cost: Nanodollars,
    /// Questions of which a part was served at an unknown price, or in an answer that was begun
    /// and never counted.
    pub(crate) unpriced: BTreeSet<u64>,
    /// Questions that have come to a vendor which will never answer them.
    left_hanging: BTreeSet<u64>,
}

impl Ledger {
    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn called(&self) {
        self.books().calls += 1;
    }

    /// A vendor has said what an answer used.
    pub(crate) fn told(&self, vendor: usize, question: u64, usage: TokenUsage) {
        let mut books = self.books();
        books.usage = books.usage.plus(usage);
        match PRICES[vendor] {
            Some([input, cached, written, output]) => {
                let apart = usage.cached_input_tokens + usage.cache_write_tokens;
                let cost = (usage.input_tokens - apart) * input
                    + usage.cached_input_tokens * cached
                    + usage.cache_write_tokens * written
                    + usage.output_tokens * output;
                books.cost += Nanodollars(i64::try_from(cost).unwrap());
            }
            None => drop(books.unpriced.insert(question)),
        }
    }

    /// A vendor began an answer and will never say what it used.
    pub(crate) fn owed(&self, question: u64) {
        self.books().unpriced.insert(question);
    }

    pub(crate) fn hangs(&self, question: u64) {
        self.books().left_hanging.insert(question);
    }

    pub(crate) fn is_left_hanging(&self, question: u64) -> bool {
        self.books().left_hanging.contains(&question)
    }
}
