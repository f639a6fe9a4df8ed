//! The client against servers that behave as vendors do on bad days.
//!
//! Where a limit of time is at stake the clock runs fast, so that nothing sleeps for long; where none
//! is, it is the system's with limits that no loaded machine reaches.

mod streamed;
mod vendor;
mod whole;
