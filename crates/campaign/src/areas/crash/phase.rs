//! When a process is killed.

use crate::wire::Point;

/// Before the first item nothing has been written.
const SECOND_PART: usize = 2;
/// A session takes three chunks at least, and a head.
const PARTS_AFTER_THE_FIRST: usize = 3;

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

    /// Where the process' own store stops it; in the other phases the provider does, or nobody.
    pub(in crate::areas) fn point(self, round: usize, rotates: bool) -> Option<Point> {
        match self {
            Self::InFlight | Self::AfterCommit | Self::AtRest => None,
            Self::BeforeSend => Some(Point::Journalled),
            Self::BeforePersist => Some(Point::Committing),
            Self::BetweenChunks => Some(Point::BeforePart(SECOND_PART + round % PARTS_AFTER_THE_FIRST)),
            // Where nothing rotates, all of an answer is kept at once.
            Self::BeforePublish if rotates && !round.is_multiple_of(2) => Some(Point::Finished),
            Self::BeforePublish => Some(Point::Committed),
        }
    }
}
