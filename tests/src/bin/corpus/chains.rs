use std::error::Error;

use track_errors::track_errors;

/// A message and its cause.
#[derive(Debug)]
struct Link {
    message: String,
    source: Option<Box<Link>>,
}
display! { Link: |link| link.message; }
impl Error for Link {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|link| link as _)
    }
}

/// The first message is that of the error, the last that of the root cause.
fn chain(messages: impl DoubleEndedIterator<Item = impl Into<String>>) -> Link {
    let chain = messages.rev().fold(None, |source, message| {
        Some(Link { message: message.into(), source: source.map(Box::new) })
    });
    chain.expect("at least one message")
}

/// Its cause is itself.
#[derive(Debug)]
struct Circle;
display! { Circle: |_| "turns in a circle"; }
impl Error for Circle {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self)
    }
}

cases! {
    two_causes -> Link { Err(chain(["paying", "no card", "wallet is empty"].into_iter()))? }
    causes_in_the_message -> Link { Err(chain(["paying: no card", "no card"].into_iter()))? }
    causes_without_a_text -> Link { Err(chain(["paying", "", ""].into_iter()))? }
    causes_of_several_lines -> Link {
        Err(chain(["paying", "no\n  card\n   0: not::a_frame\n at x.rs:1:1"].into_iter()))?
    }
    hundred_causes -> Link { Err(chain((0..100).map(|n| format!("link {n}"))))? }
    huge_causes -> Link { Err(chain((0..100).map(|n| format!("{n}").repeat(10_000))))? }
    circle -> Circle { Err(Circle)? }
}
