//! `Memo`: texts that are made of static texts, each made once.
//!
//! For names: the paths of functions, modules, files and types are made of texts of the compiler. A program has a
//! bounded number of these, so a made text is never freed, and a record borrows it. No lock: a fork may come at any
//! time.

use std::borrow::Cow;
use std::ptr;

use super::hash::hash_address;
use super::once_box::OnceBox;

const BUCKETS: usize = 4096;
/// Texts of a bucket. Further ones are made each time.
const MAX_CHAIN: usize = 16;

/// Results of one function.
pub(crate) struct Memo {
    make: fn(&str) -> String,
    buckets: [OnceBox<Made>; BUCKETS],
}

/// A text, what was made of it, and the next one of the bucket.
struct Made {
    of: &'static str,
    /// `None`: the same text.
    text: Option<Box<str>>,
    next: OnceBox<Made>,
}

impl Memo {
    /// The function makes the same text each time.
    pub(crate) const fn new(make: fn(&str) -> String) -> Self {
        Memo { make, buckets: [const { OnceBox::new() }; BUCKETS] }
    }

    /// What the function makes of this text. A static text is the same as long as its address is.
    pub(crate) fn get(&self, of: &'static str) -> Cow<'static, str> {
        let mut place = &self.buckets[hash_address(of.as_ptr().addr()) % BUCKETS];
        for _ in 0..MAX_CHAIN {
            // If another thread comes first, this is what that one made.
            let made = place.get_or_init(|| Made::new(of, (self.make)(of)));
            if ptr::eq(made.of, of) {
                return Cow::Borrowed(made.text.as_deref().unwrap_or(of));
            }
            place = &made.next;
        }
        Cow::Owned((self.make)(of))
    }
}

impl Made {
    fn new(of: &'static str, text: String) -> Self {
        let text = (text != of).then(|| text.into_boxed_str());
        Made { of, text, next: OnceBox::new() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    fn shouted(text: &str) -> String {
        text.to_uppercase()
    }

    #[test]
    fn a_text_is_what_the_function_makes_of_it_and_one_that_stays_the_same_is_not_copied() {
        static MEMO: Memo = Memo::new(shouted);
        for text in ["shop::pay", "", "SHOP", "é"] {
            for _ in 0..2 {
                assert_eq!(MEMO.get(text), shouted(text));
            }
        }
        let same = "SHOP";
        assert!(ptr::eq(&*MEMO.get(same), same));
    }

    #[test]
    fn the_beginning_of_a_text_is_another_text() {
        static MEMO: Memo = Memo::new(shouted);
        let text = "shop::pay";
        assert_eq!([MEMO.get(text), MEMO.get(&text[..4])], ["SHOP::PAY", "SHOP"]);
    }

    #[test]
    fn each_text_is_made_once_by_all_threads() {
        static CALLS: AtomicUsize = AtomicUsize::new(0);
        static MEMO: Memo = Memo::new(|text| {
            CALLS.fetch_add(1, Ordering::Relaxed);
            shouted(text)
        });
        let first = MEMO.get("shop");
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert!(ptr::eq(&*MEMO.get("shop"), &*first)));
            }
        });
        assert_eq!(CALLS.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn what_is_kept_is_bounded_and_further_texts_are_right() {
        static MEMO: Memo = Memo::new(shouted);
        // A text of one letter at each address.
        let letters: &'static str = Box::leak("a".repeat(4 * BUCKETS * MAX_CHAIN).into_boxed_str());
        let is_kept =
            |at: usize| matches!(MEMO.get(&letters[at..=at]), Cow::Borrowed(text) if text == "A");
        let kept = (0..letters.len()).filter(|at| is_kept(*at)).count();
        assert!(kept <= BUCKETS * MAX_CHAIN && kept > BUCKETS * MAX_CHAIN / 2, "{kept}");
        let made = (0..letters.len()).filter(|at| MEMO.get(&letters[*at..=*at]) == "A").count();
        assert_eq!(made, letters.len());
    }
}
