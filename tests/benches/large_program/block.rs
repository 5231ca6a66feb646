// A module for each name, with types of its own: the compiler makes a copy of much of the standard library's generic code
// for each, with its debug info. `run` generates crates of these.

use std::collections::{BTreeMap, HashMap, VecDeque};

macro_rules! block {
    ($($name:ident)*) => {
        $(pub mod $name {
            use super::*;

            #[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct Key(u64, String);

            #[derive(Debug, Clone, Default)]
            pub struct Value {
                parts: Vec<Key>,
                texts: BTreeMap<Key, String>,
                queue: VecDeque<Key>,
            }

            pub fn run(count: u64) -> usize {
                let key = |number| Key(number, String::new());
                let mut all: HashMap<Key, Value> = HashMap::new();
                for number in 0..count {
                    let value = all.entry(key(number % 7)).or_default();
                    value.parts.push(key(number));
                    value.texts.insert(key(number), String::new());
                    value.queue.push_back(key(number));
                }
                let of = |value: Value| value.parts.into_iter().chain(value.texts.into_keys()).chain(value.queue);
                let mut keys: Vec<Key> = all.into_values().flat_map(of).collect();
                keys.sort();
                keys.dedup();
                keys.iter().map(|key| format!("{key:?}").len()).sum()
            }
        })*

        pub fn all(count: u64) -> usize {
            0 $(+ $name::run(count))*
        }
    };
}
