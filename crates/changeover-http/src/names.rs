//! Where hosts are: what the system's resolver says, and before it a book that a program brings.
//!
//! Not a cache and not a resolver: the book holds what somebody wrote into it. The rule it keeps: a
//! name under the book's zone is in the book or nowhere, and no resolver and no proxy ever hears of
//! it; all other names are the system's. The sandbox's vendors are found this way, and are lost by
//! being struck out.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

/// Names of hosts. Cheap to clone; clones share the book. The default has none.
#[derive(Debug, Clone, Default)]
pub struct Names(Option<Arc<Book>>);

#[derive(Debug)]
struct Book {
    /// With the dot before it.
    zone: String,
    hosts: RwLock<BTreeMap<String, IpAddr>>,
}

impl Names {
    /// An empty book for all names under `zone`, which is one that no resolver serves: under
    /// `invalid` or `localhost` (RFC 6761).
    #[must_use]
    pub fn of_zone(zone: &str) -> Self {
        let zone = format!(".{}", zone.to_ascii_lowercase());
        Self(Some(Arc::new(Book { zone, hosts: RwLock::default() })))
    }

    /// Writes a host of the zone into the book; without a book, nothing.
    pub fn write(&self, host: &str, address: IpAddr) {
        let Some(book) = &self.0 else { return };
        let mut hosts = book.hosts.write().unwrap_or_else(PoisonError::into_inner);
        hosts.insert(host.to_ascii_lowercase(), address);
    }

    /// Strikes a host out: from now on it is not found.
    pub fn strike(&self, host: &str) {
        let Some(book) = &self.0 else { return };
        let mut hosts = book.hosts.write().unwrap_or_else(PoisonError::into_inner);
        hosts.remove(&host.to_ascii_lowercase());
    }

    /// Whether a name is the book's to answer.
    pub(crate) fn owns(&self, host: &str) -> bool {
        self.0.as_ref().is_some_and(|book| host.to_ascii_lowercase().ends_with(&book.zone))
    }

    /// What the book says of a name; `None` where it is the system's to answer.
    pub(crate) fn look_up(&self, host: &str) -> Option<io::Result<IpAddr>> {
        let book = self.0.as_ref().filter(|_| self.owns(host))?;
        let hosts = book.hosts.read().unwrap_or_else(PoisonError::into_inner);
        let found = hosts.get(&host.to_ascii_lowercase()).copied();
        // As the system says it, so that whoever reads errors has one sentence to know.
        let missing = "failed to lookup address information: Name or service not known";
        Some(found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, missing)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_is_the_books_alone_and_everything_else_the_systems() {
        let names = Names::of_zone("world.localhost");
        let address = IpAddr::from([127, 0, 0, 1]);
        names.write("Vendor.world.localhost", address);
        assert_eq!(names.look_up("vendor.World.localhost").unwrap().unwrap(), address);
        let lost = names.look_up("other.world.localhost").unwrap().unwrap_err();
        assert_eq!(lost.kind(), io::ErrorKind::NotFound);
        for foreign in
            ["localhost", "world.localhost", "world.localhost.example", "otherworld.localhost"]
        {
            assert!(names.look_up(foreign).is_none(), "{foreign}");
        }
        assert!(Names::default().look_up("vendor.world.localhost").is_none());
    }

    #[test]
    fn a_host_that_is_struck_out_is_lost_to_every_clone_until_it_is_written_again() {
        let names = Names::of_zone("invalid");
        let clone = names.clone();
        names.write("a.invalid", IpAddr::from([127, 0, 0, 1]));
        assert!(clone.look_up("a.invalid").unwrap().is_ok());
        names.strike("a.invalid");
        assert!(clone.look_up("a.invalid").unwrap().is_err());
        clone.write("a.invalid", IpAddr::from([127, 0, 0, 2]));
        assert_eq!(names.look_up("a.invalid").unwrap().unwrap(), IpAddr::from([127, 0, 0, 2]));
    }
}
