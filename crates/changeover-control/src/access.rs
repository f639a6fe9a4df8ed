//! Where a gateway's admin API is, and with what it opens.

use changeover_domain::GatewayId;
use changeover_http::Secret;

/// How to reach one gateway's admin API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayAccess {
    /// The id that the gateway itself answers with; another one answering here is refused.
    pub id: GatewayId,
    /// Scheme, host and port (and path prefix) in front of `/admin/v1`: `http://127.0.0.1:9101`.
    pub admin_url: String,
    pub token: Secret,
}
