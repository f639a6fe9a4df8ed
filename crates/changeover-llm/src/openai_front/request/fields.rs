//! An object of a request with the path to it, so that every refusal can name its field.

use serde_json::{Map, Value};

use crate::openai_front::FrontError;

/// A JSON object and where it stands. A field that is `null` counts as absent.
#[derive(Debug, Clone)]
pub(super) struct Fields<'a> {
    map: &'a Map<String, Value>,
    path: String,
}

impl<'a> Fields<'a> {
    /// Takes `value`, which stands at `path`, as an object.
    pub(super) fn of(value: &'a Value, path: impl Into<String>) -> Result<Self, FrontError> {
        let path = path.into();
        match value {
            Value::Object(map) => Ok(Self { map, path }),
            _ => Err(refusal(&path, "must be an object")),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// The refusal of one field.
    pub(super) fn error(&self, name: &str, problem: &str) -> FrontError {
        refusal(&self.path_of(name), problem)
    }

    pub(super) fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, FrontError> {
        self.typed(name, Value::as_str, "must be a text")
    }

    pub(super) fn required_text(&self, name: &str) -> Result<&'a str, FrontError> {
        self.text(name)?.ok_or_else(|| self.error(name, "is missing"))
    }

    pub(super) fn boolean(&self, name: &str) -> Result<Option<bool>, FrontError> {
        self.typed(name, Value::as_bool, "must be true or false")
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<f64>, FrontError> {
        self.typed(name, Value::as_f64, "must be a number")
    }

    pub(super) fn count(&self, name: &str) -> Result<Option<u32>, FrontError> {
        let read = |value: &Value| value.as_u64().and_then(|count| u32::try_from(count).ok());
        self.typed(name, read, "must be a whole number that is not negative")
    }

    pub(super) fn list(&self, name: &str) -> Result<Option<&'a [Value]>, FrontError> {
        self.typed(name, |value| value.as_array().map(Vec::as_slice), "must be a list")
    }

    pub(super) fn object(&self, name: &str) -> Result<Option<Self>, FrontError> {
        self.get(name).map(|value| Self::of(value, self.path_of(name))).transpose()
    }

    pub(super) fn required_object(&self, name: &str) -> Result<Self, FrontError> {
        self.object(name)?.ok_or_else(|| self.error(name, "is missing"))
    }

    pub(super) fn to_value(&self) -> Value {
        Value::Object(self.map.clone())
    }

    fn typed<T>(
        &self,
        name: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
        problem: &str,
    ) -> Result<Option<T>, FrontError> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => read(value).map(Some).ok_or_else(|| self.error(name, problem)),
        }
    }
}

fn refusal(path: &str, problem: &str) -> FrontError {
    if path.is_empty() {
        return FrontError { message: format!("the body {problem}"), param: None };
    }
    FrontError { message: format!("`{path}` {problem}"), param: Some(path.to_owned()) }
}
