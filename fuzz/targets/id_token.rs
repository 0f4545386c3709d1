#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keyfob::bad_inputs::id_token(bytes));
