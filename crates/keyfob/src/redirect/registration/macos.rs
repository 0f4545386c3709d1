//! The scheme's registration on macOS: Launch Services knows it from the app's bundle.

use std::path::{Path, PathBuf};

use objc2_app_kit::NSWorkspace;
use objc2_foundation::{NSString, NSURL};

use super::{NotDispatchable, Registration, is_same_file};

pub(super) fn look(scheme: &str) -> Registration {
    let url = NSURL::URLWithString(&NSString::from_str(&format!("{scheme}:/callback")));
    let Some(url) = url else {
        return Registration::NotDispatchable { reason: NotDispatchable::Unknown };
    };
    let Some(handler) = NSWorkspace::sharedWorkspace().URLForApplicationToOpenURL(&url) else {
        return Registration::Missing;
    };
    let Some(bundle) = handler.path().map(|path| PathBuf::from(path.to_string())) else {
        return Registration::Missing;
    };
    if !bundle.exists() {
        return Registration::Stale { path: bundle, is_own: false };
    }
    match own_bundle() {
        Some(own) if is_same_file(&own, &bundle) => Registration::Ours,
        _ => Registration::Other { handler: bundle.to_string_lossy().into_owned() },
    }
}

/// `X.app`, of `X.app/Contents/MacOS/x`.
fn own_bundle() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?.canonicalize().ok()?;
    program.ancestors().nth(3).map(Path::to_owned)
}
