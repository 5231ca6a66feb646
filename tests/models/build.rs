//! Takes locks, atomics and threads from the checker (`runtime/src/base/sync.rs`).

fn main() {
    println!("cargo:rustc-check-cfg=cfg(shuttle)");
    println!("cargo:rustc-cfg=shuttle");
}
