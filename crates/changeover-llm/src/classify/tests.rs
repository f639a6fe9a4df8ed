//! Every vendor's rules on bodies of our own making in the vendors' shapes.
