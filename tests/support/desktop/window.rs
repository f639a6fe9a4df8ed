//! The program's window, used as a person uses it: look, click, type.
//!
//! Whatever is looked for is waited for, as a person would. Time is the system's here: the screen
//! is waited for, not the sandbox's world.

use std::future::Future;
use std::time::Duration;

use changeover_clock::Clock;
use fantoccini::actions::{InputSource as _, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::elements::Element;
use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::{Client, Locator};
use serde_json::Value;

use super::LOOK_EVERY;

/// For what the screen is to show: a provider's recovery is the slowest.
const PATIENCE: Duration = Duration::from_mins(2);

/// For one thing done in the window: far more than it takes, far less than for ever.
const COMMAND_LIMIT: Duration = Duration::from_secs(30);

/// Why something was not seen or could not be done.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    #[error("{what} did not appear within {PATIENCE:?}; the window showed: {shown}")]
    NotSeen { what: String, shown: String },
    #[error("{what} did not come to say it within {PATIENCE:?}; it said: {last}")]
    NotSaid { what: String, last: String },
    #[error("the window did not do it")]
    Driver(#[from] CmdError),
    #[error("the window did not answer within {COMMAND_LIMIT:?}")]
    NoAnswer,
}

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
    pub async fn see(&self, what: Locator<'_>) -> Result<Element, WindowError> {
        let seen = async {
            loop {
                if let Some(element) = self.displayed(what).await? {
                    return Ok(element);
                }
                self.clock.sleep(LOOK_EVERY).await;
            }
        };
        match self.clock.timeout(PATIENCE, seen).await {
            Ok(element) => element,
            Err(_) => Err(WindowError::NotSeen {
                what: format!("{what:?}"),
                shown: self.text(Locator::Css("body")).await.unwrap_or_default(),
            }),
        }
    }

    /// Waits until the text of an element has `wanted` in it, and returns it.
    ///
    /// # Errors
    /// [`WindowError::NotSaid`], with what the element said last.
    pub async fn read(&self, what: Locator<'_>, wanted: &str) -> Result<String, WindowError> {
        self.read_until(what, |text| text.contains(wanted)).await
    }

    /// Waits until the text of an element is such, and returns it.
    ///
    /// # Errors
    /// [`WindowError::NotSaid`], with what the element said last.
    pub async fn read_until(
        &self,
        what: Locator<'_>,
        is_such: impl Fn(&str) -> bool,
    ) -> Result<String, WindowError> {
        let said = async {
            loop {
                let text = self.text(what).await?;
                if is_such(&text) {
                    return Ok(text);
                }
                self.clock.sleep(LOOK_EVERY).await;
            }
        };
        match self.clock.timeout(PATIENCE, said).await {
            Ok(text) => text,
            Err(_) => Err(WindowError::NotSaid {
                what: format!("{what:?}"),
                last: self.text(what).await.unwrap_or_default(),
            }),
        }
    }

    /// The texts of all elements of a kind, as they are now.
    ///
    /// # Errors
    /// When the driver is gone.
    pub async fn texts(&self, what: Locator<'_>) -> Result<Vec<String>, WindowError> {
        let mut texts = Vec::new();
        for element in self.answer(self.client.find_all(what)).await? {
            texts.push(self.answer(shown_text(&element)).await?);
        }
        Ok(texts)
    }

    /// Clicks an element once it is there.
    ///
    /// # Errors
    /// When it does not come or something covers it.
    pub async fn click(&self, what: Locator<'_>) -> Result<(), WindowError> {
        let element = self.see(what).await?;
        self.answer(element.click()).await
    }

    /// Presses the mouse on an element once it is there, and lets go after `held`.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn hold(&self, what: Locator<'_>, held: Duration) -> Result<(), WindowError> {
        let element = self.see(what).await?;
        let mouse = MouseActions::new("mouse".to_owned())
            .then(PointerAction::MoveToElement { element, duration: None, x: 0.0, y: 0.0 })
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(PointerAction::Pause { duration: held })
            .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        self.answer(self.client.perform_actions(mouse)).await
    }

    /// Empties a field and types into it, once it is there.
    ///
    /// # Errors
    /// When it does not come or takes no text.
    pub async fn fill(&self, what: Locator<'_>, text: &str) -> Result<(), WindowError> {
        let field = self.see(what).await?;
        self.answer(field.clear()).await?;
        self.answer(field.send_keys(text)).await
    }

    /// Chooses from a list by the words of the choice, once the list is there.
    ///
    /// # Errors
    /// When it does not come or has no such choice.
    pub async fn choose(&self, list: Locator<'_>, choice: &str) -> Result<(), WindowError> {
        let list = self.see(list).await?;
        self.answer(list.select_by_label(choice)).await
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

    /// The element, when it is there and displayed. The page is asked: the driver's own answer takes
    /// whatever stands in a box that cuts off its overflow for hidden.
    async fn displayed(&self, what: Locator<'_>) -> Result<Option<Element>, CmdError> {
        let Some(element) = unless_gone(self.client.find(what).await)? else {
            return Ok(None);
        };
        let asked = vec![serde_json::to_value(&element)?];
        let answer = unless_gone(self.client.execute(IS_DISPLAYED, asked).await)?;
        Ok((answer == Some(Value::Bool(true))).then_some(element))
    }

    /// The element's text as it is shown; empty when it is not there.
    async fn text(&self, what: Locator<'_>) -> Result<String, CmdError> {
        match unless_gone(self.client.find(what).await)? {
            Some(element) => shown_text(&element).await,
            None => Ok(String::new()),
        }
    }
}

const IS_DISPLAYED: &str = "return arguments[0].checkVisibility({ visibilityProperty: true });";

/// Not the driver's own answer, for the same reason.
async fn shown_text(element: &Element) -> Result<String, CmdError> {
    let text = unless_gone(element.prop("innerText").await)?;
    Ok(text.flatten().unwrap_or_default())
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
