//! Sites that are made at run time: for boundaries of code, and for errors that no attribute sees.
//!
//! They are never freed: there are as many as places in the source, with different keys at each. No lock: a
//! fork may come at any time.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::Site;

/// A site, and the one that was made before it.
struct Node {
    site: Site,
    next: AtomicPtr<Node>,
}

/// All sites, the newest first.
static SITES: AtomicPtr<Node> = AtomicPtr::new(ptr::null_mut());

/// The site that was made like this before, else a new one.
#[cold]
pub(crate) fn site(is_it: impl Fn(&Site) -> bool, make: impl FnOnce() -> Site) -> &'static Site {
    // SAFETY: null, or from `Box::into_raw` below; never freed, changed by atomics only.
    let at = |pointer: &AtomicPtr<Node>| unsafe { pointer.load(Ordering::Acquire).as_ref() };
    let mut nodes = std::iter::successors(at(&SITES), |node: &&'static Node| at(&node.next));
    if let Some(node) = nodes.find(|node| is_it(&node.site)) {
        return &node.site;
    }
    // Two threads may make one each at the same time, which does no harm.
    let new = Box::into_raw(Box::new(Node { site: make(), next: AtomicPtr::default() }));
    // SAFETY: made above and never freed.
    let node: &'static Node = unsafe { &*new };
    let mut first = SITES.load(Ordering::Relaxed);
    loop {
        node.next.store(first, Ordering::Relaxed);
        // Release: a reader of the list sees what the node holds.
        match SITES.compare_exchange(first, new, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => return &node.site,
            Err(other) => first = other,
        }
    }
}
