//! Probes against a vendor on loopback that answers well, slowly, badly or not at all.

mod dialect;
mod kinds;
mod probe;
mod prober;
mod vendor;
