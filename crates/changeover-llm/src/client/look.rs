//! Two looks at a vendor's address that ask no model anything and cost nothing.
//!
//! Not for judging a target's health by themselves: a front that answers says little about what is
//! behind it.

use changeover_domain::{FailureClass, Provider};
use changeover_http::wire::{self, Taken};

use super::send::Patience;
use super::{Attempt, LlmClient, transport, wire_request, with_meta};
use crate::answer::AnswerMeta;
use crate::canonical::ChatRequest;
use crate::endpoint::{Endpoint, Limits};
use crate::failure::Failure;

/// A request that is none in any dialect.
const NONSENSE: &[u8] = b"{}";

impl LlmClient {
    /// Asks the provider's base address for nothing in particular. Whatever it answers shows that
    /// name, connection, TLS and HTTP are there; only an answer of 500 and above is a failure.
    ///
    /// # Errors
    /// [`Failure`] when no answer comes, or one that says that the address is broken.
    pub async fn reach(&self, provider: &Provider, limits: &Limits) -> Result<AnswerMeta, Failure> {
        let endpoint = Endpoint { provider, key: None, model: "" };
        let attempt = self.attempt(&endpoint, limits)?;
        let asked = self.http.get(&provider.base_url);
        let answered = self.clock.timeout(limits.total, asked).await;
        let answer = match answered {
            Ok(answered) => answered.map_err(|error| transport::failure(&error))?,
            Err(_) => {
                let class = FailureClass::TimeoutTotal;
                return Err(Failure::without_answer(class, transport::timeout_sentence(class)));
            }
        };
        self.reached(&attempt, answer)
    }

    fn reached(&self, attempt: &Attempt<'_>, answer: wire::Answer) -> Result<AnswerMeta, Failure> {
        let received = self.received(attempt, answer);
        if received.meta.http_status < 500 {
            return Ok(received.meta);
        }
        let found = attempt.classified(&received.meta, &received.head, "");
        Err(with_meta(Failure::from_classified(found), &received.meta))
    }

    /// Sends a request that no vendor can carry out, to the address that a real one goes to. One
    /// that says yes to it says yes to everything.
    ///
    /// # Errors
    /// [`Failure`] when no answer comes.
    pub async fn ask_nonsense(
        &self,
        endpoint: &Endpoint<'_>,
        limits: &Limits,
    ) -> Result<AnswerMeta, Failure> {
        let attempt = self.attempt(endpoint, limits)?;
        let mut wire = wire_request(&attempt, endpoint, &ChatRequest::default(), false)?;
        wire.body = bytes::Bytes::from_static(NONSENSE);
        let patience = Patience { limit: limits.total, class: FailureClass::TimeoutTotal };
        Ok(self.send(&attempt, wire, patience, &Taken::default()).await?.meta)
    }
}
