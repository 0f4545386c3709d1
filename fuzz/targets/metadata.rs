#![no_main]

keyfob_fuzz::target!(keyfob::bad_inputs::metadata);
