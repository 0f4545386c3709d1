//! Guards that can be switched off, to show that the check which watches over them can fail.
//!
//! Only in a build with `--cfg keyfob_sabotage="armed"`, and there by the name in `KEYFOB_SABOTAGE`. It is no Cargo
//! feature, as any crate in a host's tree could switch one on.

/// Whether this guard is switched off; `false` at compile time in every build that ships.
pub(crate) fn off(guard: &str) -> bool {
    cfg!(keyfob_sabotage = "armed") && std::env::var("KEYFOB_SABOTAGE").is_ok_and(|named| named == guard)
}
