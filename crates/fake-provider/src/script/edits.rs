//! JSON documents that a test may tamper with.

use std::sync::Arc;

use serde_json::Value;

type Edit = Arc<dyn Fn(&mut Value) + Send + Sync>;

/// What a test wants changed in a document, in the order in which it was asked for.
#[derive(Clone, Default)]
pub(crate) struct Edits(Vec<Edit>);

impl Edits {
    pub(crate) fn push(&mut self, edit: impl Fn(&mut Value) + Send + Sync + 'static) {
        self.0.push(Arc::new(edit));
    }

    /// To be called without the state's lock: an edit may look at the provider.
    pub(crate) fn apply(&self, mut document: Value) -> Value {
        for edit in &self.0 {
            edit(&mut document);
        }
        document
    }
}
