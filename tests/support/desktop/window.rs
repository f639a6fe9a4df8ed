//! The program's window, used as a person uses it: look, click, type.
//!
//! Whatever is looked for is waited for, as a person would. Time is the system's here: the screen
//! is waited for, not the sandbox's world.

use std::future::Future;
use std::time::Duration;

use changeover_clock::Clock;
use fantoccini::elements::Element;
use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::{Client, Locator};

use super::LOOK_EVERY;

/// Why something was not seen or could not be done.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    #[error("`{selector}` did not appear within {limit:?}; the window showed: {shown}")]
    NotSeen { selector: String, limit: Duration, shown: String },
    #[error("`{selector}` did not say {wanted:?} within {limit:?}; it said: {last}")]
    NotSaid { selector: String, wanted: String, limit: Duration, last: String },
    #[error("the window did not do it")]
    Driver(#[from] CmdError),
    #[error("the window did not answer within {COMMAND_LIMIT:?}")]
    NoAnswer,
}

/// For one thing done in the window: far more than it takes, far less than for ever.
const COMMAND_LIMIT: Duration = Duration::from_secs(30);

/// An open window of the program.
#[derive(Debug)]
pub struct Window {
    client: Client,
    clock: Clock,
}

impl Window {
    pub(super) fn new(client: Client, clock: Clock) -> Self {
        Self { client, clock }
    }

    /// For what is rarer than looking, clicking and typing.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Waits until an element is there and displayed.
    ///
    /// # Errors
    /// [`WindowError::NotSeen`], with the text that the window showed instead.
    pub async fn see(&self, selector: &str, limit: Duration) -> Result<Element, WindowError> {
        let seen = async {
            loop {
                if let Some(element) = self.displayed(selector).await? {
                    return Ok(element);
                }
                self.clock.sleep(LOOK_EVERY).await;
            }
        };
        match self.clock.timeout(limit, seen).await {
            Ok(element) => element,
            Err(_) => Err(WindowError::NotSeen {
                selector: selector.to_owned(),
                limit,
                shown: self.text_of("body").await.unwrap_or_default(),
            }),
        }
    }

    /// Waits until the text of an element has `wanted` in it.
    ///
    /// # Errors
    /// [`WindowError::NotSaid`], with what the element said last.
    pub async fn read(
        &self,
        selector: &str,
        wanted: &str,
        limit: Duration,
    ) -> Result<String, WindowError> {
        let said = async {
            loop {
                let text = self.text_of(selector).await?;
                if text.contains(wanted) {
                    return Ok(text);
                }
                self.clock.sleep(LOOK_EVERY).await;
            }
        };
        match self.clock.timeout(limit, said).await {
            Ok(text) => text,
            Err(_) => Err(WindowError::NotSaid {
                selector: selector.to_owned(),
                wanted: wanted.to_owned(),
                limit,
                last: self.text_of(selector).await.unwrap_or_default(),
            }),
        }
    }

    /// Clicks an element once it is there.
    ///
    /// # Errors
    /// When it does not come or something covers it.
    pub async fn click(&self, selector: &str, limit: Duration) -> Result<(), WindowError> {
        let element = self.see(selector, limit).await?;
        self.answer(element.click()).await
    }

    /// Empties a field and types into it, once it is there.
    ///
    /// # Errors
    /// When it does not come or takes no text.
    pub async fn fill(
        &self,
        selector: &str,
        text: &str,
        limit: Duration,
    ) -> Result<(), WindowError> {
        let field = self.see(selector, limit).await?;
        self.answer(field.clear()).await?;
        self.answer(field.send_keys(text)).await
    }

    /// A picture of the window, as PNG.
    ///
    /// # Errors
    /// When the driver takes none.
    pub async fn picture(&self) -> Result<Vec<u8>, WindowError> {
        self.answer(self.client.screenshot()).await
    }

    /// Ends the session, and the program with it.
    ///
    /// # Errors
    /// When the driver is gone.
    pub async fn close(self) -> Result<(), WindowError> {
        let Self { client, clock } = self;
        answer_within(&clock, client.close()).await
    }

    async fn answer<T>(
        &self,
        command: impl Future<Output = Result<T, CmdError>>,
    ) -> Result<T, WindowError> {
        answer_within(&self.clock, command).await
    }

    /// The element, when it is there and displayed.
    async fn displayed(&self, selector: &str) -> Result<Option<Element>, CmdError> {
        let found = self.client.find(Locator::Css(selector)).await;
        let Some(element) = unless_gone(found)? else {
            return Ok(None);
        };
        let is_displayed = unless_gone(element.is_displayed().await)?.unwrap_or(false);
        Ok(is_displayed.then_some(element))
    }

    /// The element's text; empty when it is not there.
    async fn text_of(&self, selector: &str) -> Result<String, CmdError> {
        let found = self.client.find(Locator::Css(selector)).await;
        match unless_gone(found)? {
            Some(element) => Ok(unless_gone(element.text().await)?.unwrap_or_default()),
            None => Ok(String::new()),
        }
    }
}

async fn answer_within<T>(
    clock: &Clock,
    command: impl Future<Output = Result<T, CmdError>>,
) -> Result<T, WindowError> {
    let answered = clock.timeout(COMMAND_LIMIT, command).await;
    Ok(answered.map_err(|_| WindowError::NoAnswer)??)
}

/// A screen that is alive replaces its elements: one that is gone is looked for again.
fn unless_gone<T>(answer: Result<T, CmdError>) -> Result<Option<T>, CmdError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(CmdError::Standard(error))
            if matches!(
                error.error,
                ErrorStatus::NoSuchElement | ErrorStatus::StaleElementReference
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
