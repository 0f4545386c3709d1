//! When a process is killed.

/// Of a refresh, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::areas) enum Phase {
    /// It is kept that the refresh token is being used, and nothing is sent.
    BeforeSend,
    /// The request is at the provider, which has not committed: it does so afterwards, or never, in turns.
    InFlight,
    /// The provider has committed, and its answer is on its way.
    AfterCommit,
    /// The answer is here.
    BeforePersist,
    /// Some of the items that the refresh token is kept in are written.
    BetweenChunks,
    /// The refresh token is kept, or all of the answer, in turns; nobody has been told.
    BeforePublish,
    /// No refresh is under way; and the provider ends the session afterwards.
    AtRest,
}

impl Phase {
    pub(in crate::areas) const OF_A_REFRESH: [Self; 6] = [
        Self::BeforeSend,
        Self::InFlight,
        Self::AfterCommit,
        Self::BeforePersist,
        Self::BetweenChunks,
        Self::BeforePublish,
    ];
}
