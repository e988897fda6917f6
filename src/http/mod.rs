//! HTTP: from the network's bytes to handlers and back.

pub mod request;
pub mod response;
