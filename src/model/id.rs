//! One type for each kind of id, so that a folder's is never taken for a bookmark's.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    /// A person with an account.
    UserId
    /// A token for programs.
    TokenId
    /// A browser that is signed in.
    SessionId
    /// A folder.
    FolderId
    /// A bookmark.
    BookmarkId
    /// A tag.
    TagId
    /// A rule about links that are saved.
    RuleId
    /// A search that is kept.
    SearchId
    /// Something that was done and can be taken back.
    UndoId
    /// A file on its way in.
    ImportId
    /// A reminder.
    ReminderId
    /// One firing of a reminder.
    FiringId
    /// A person's address on a push service.
    DestinationId
    /// What answers for one or more destinations, such as an ntfy server.
    ScopeId
    /// One message to one destination.
    DeliveryId
}
