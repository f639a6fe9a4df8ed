//! How the one list becomes a router, names, descriptions and types.

use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;

/// The request of a command that takes nothing: `null`, or an object without keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(type = "null")]
pub struct Nothing;

impl<'de> Deserialize<'de> for Nothing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Empty {}
        Option::<Empty>::deserialize(deserializer).map(|_| Self)
    }
}

/// Declares the contract. Each command is one line: its words, request and response. Those of
/// `engine` are the engine's methods of that name, those of `here` stand in [`crate::handlers`].
macro_rules! contract {
    (
        engine { $( $(#[doc = $about:literal])+ $name:ident($request:ty) -> $response:ty; )+ }
        here { $( $(#[doc = $here_about:literal])+ $here:ident($asked:ty) -> $answer:ty; )+ }
        events { $( $(#[doc = $event_about:literal])+ $event:ident($payload:ty); )+ }
    ) => {
        /// Every command, in the order of the list.
        pub const COMMANDS: &[CommandInfo] = &[ $( CommandInfo {
            name: stringify!($name),
            about: concat!($($about),+),
            request: <$request as ts_rs::TS>::inline,
            response: <$response as ts_rs::TS>::inline,
        }, )+ $( CommandInfo {
            name: stringify!($here),
            about: concat!($($here_about),+),
            request: <$asked as ts_rs::TS>::inline,
            response: <$answer as ts_rs::TS>::inline,
        } ),+ ];

        /// Carries out one command.
        ///
        /// # Errors
        /// [`ApiError`] with a code where the caller can act on it.
        pub async fn handle(engine: &Engine, command: &str, payload: serde_json::Value) -> Handled {
            match command {
                $( stringify!($name) => {
                    let request: $request = crate::contract::read(stringify!($name), payload)?;
                    let response: $response = Box::pin(engine.$name(request)).await?;
                    crate::contract::write(&response)
                } )+
                $( stringify!($here) => {
                    let request: $asked = crate::contract::read(stringify!($here), payload)?;
                    let response: $answer =
                        Box::pin(crate::handlers::$here(engine, request)).await?;
                    crate::contract::write(&response)
                } )+
                _ => Err(ApiError::unknown_command(command)),
            }
        }

        /// What hosts push, by name.
        #[derive(Debug, Clone, serde::Serialize)]
        #[expect(non_camel_case_types, reason = "a variant is the event's name, letter by letter")]
        #[serde(tag = "event", content = "payload", rename_all = "snake_case")]
        pub enum Event { $( $(#[doc = $event_about])+ $event(std::sync::Arc<$payload>) ),+ }

        /// Writes the types of all commands and events, and the two maps from names to types.
        pub(crate) fn export_types(
            config: &ts_rs::Config,
        ) -> Result<crate::typescript::Maps, ts_rs::ExportError> {
            let mut maps = crate::typescript::Maps::default();
            $( maps.command::<$request, $response>(stringify!($name), config)?; )+
            $( maps.command::<$asked, $answer>(stringify!($here), config)?; )+
            $( maps.event::<$payload>(stringify!($event), config)?; )+
            <ApiError as ts_rs::TS>::export_all(config)?;
            Ok(maps)
        }
    };
}

pub(crate) use contract;

use crate::ApiError;

pub(crate) fn read<T: serde::de::DeserializeOwned>(
    command: &str,
    payload: serde_json::Value,
) -> Result<T, ApiError> {
    serde_json::from_value(payload).map_err(|error| {
        ApiError::invalid(
            format!("the request of `{command}` does not fit: {error}"),
            "`changeover-headless call describe` lists every command with its request",
        )
    })
}

pub(crate) fn write<T: Serialize>(response: &T) -> Result<serde_json::Value, ApiError> {
    serde_json::to_value(response).map_err(|error| ApiError::internal(&error))
}
