//! What the vendors' dialects have in common.
