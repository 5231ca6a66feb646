//! Memory of a program with all peers and their debug info: after one error, a thousand, a million (or as many as the
//! first argument says) of the peer that the second argument names, and idle again.

use track_errors_benches::peers::Peer;
use track_errors_benches::{memory, times};

fn main() {
    let many = times(1_000_000);
    let peer = Peer::named(&std::env::args().nth(2).expect("the name of a peer"));
    memory::watch("memory", peer.name, many, peer.set_up, peer.fail, peer.settle);
}
