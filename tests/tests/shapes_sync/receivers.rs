//! Methods with every form of `self`.

use super::*;

#[derive(Debug, Clone, PartialEq, Default)]
struct Cart {
    total: u32,
    name: String,
}

impl Cart {
    #[track_errors]
    fn by_value(self, text: &str) -> Result<Self, (Self, ParseIntError)> {
        match text.parse::<u32>() {
            Ok(total) => Ok(Cart { total, ..self }),
            Err(error) => Err((self, error)),
        }
    }

    #[track_errors]
    fn by_mut_value(mut self, text: &str) -> Result<Self, ParseIntError> {
        self.total += 1;
        self.total += text.parse::<u32>()?;
        Ok(self)
    }

    #[track_errors]
    fn by_ref(&self, text: &str) -> Result<&str, ParseIntError> {
        let _: u32 = text.parse()?;
        Ok(&self.name)
    }

    #[track_errors]
    fn by_mut_ref(&mut self, text: &str) -> Result<&mut u32, ParseIntError> {
        self.total += 1;
        self.total += text.parse::<u32>()?;
        Ok(&mut self.total)
    }

    #[track_errors]
    #[allow(clippy::needless_arbitrary_self_type, reason = "it is one more form")]
    fn by_typed_ref(self: &Self, text: &str) -> Result<u32, ParseIntError> {
        Ok(self.total + text.parse::<u32>()?)
    }

    #[track_errors]
    fn by_box(mut self: Box<Self>, text: &str) -> Result<Box<Self>, ParseIntError> {
        self.total += text.parse::<u32>()?;
        Ok(self)
    }

    #[track_errors]
    fn by_rc(self: Rc<Self>, text: &str) -> Result<u32, ParseIntError> {
        Ok(self.total + text.parse::<u32>()?)
    }

    #[track_errors]
    fn by_arc(self: &Arc<Self>, text: &str) -> Result<Arc<Self>, ParseIntError> {
        let _: u32 = text.parse()?;
        Ok(Arc::clone(self))
    }

    #[track_errors]
    fn by_pin(self: Pin<&mut Self>, text: &str) -> Result<Pin<&mut u32>, ParseIntError> {
        let this = self.get_mut();
        this.total += text.parse::<u32>()?;
        Ok(Pin::new(&mut this.total))
    }
}

/// Fails through the method, and checks its record. `from_start` is the distance between the receiver's
/// line and the failing line.
fn check<T>(f: impl FnOnce() -> T, method: &str, code: &str) -> T {
    let source = include_str!("receivers.rs");
    let start = source.find(&format!("fn {method}(")).expect("the method is in this file");
    let line = 1 + source[..start].matches('\n').count();
    let below = source[start..].find(code).expect("the method has this code");
    let line = line + source[start..start + below].matches('\n').count();
    let (value, record) = one_record(f);
    let function = format!("shapes_sync::receivers::Cart::{method}");
    assert_eq!(facts(&record), (KIND, MESSAGE, &*function, u32::try_from(line).unwrap()));
    value
}

fn cart() -> Cart {
    Cart { total: 1, name: "x".to_owned() }
}

#[test]
fn self_by_value() {
    let (value, record) = one_record(|| cart().by_value("twelve"));
    assert_eq!(value, Err((cart(), not_a_number())), "what was moved in comes back");
    assert_eq!(record.function, "shapes_sync::receivers::Cart::by_value");
    assert_eq!(no_record(|| cart().by_value("5").unwrap().total), 5);
}

#[test]
fn mut_self() {
    let value = check(|| cart().by_mut_value("twelve"), "by_mut_value", "?");
    assert_eq!(value, Err(not_a_number()));
    assert_eq!(no_record(|| cart().by_mut_value("5").unwrap().total), 7);
}

#[test]
fn ref_self() {
    let cart = cart();
    assert_eq!(check(|| cart.by_ref("twelve"), "by_ref", "?"), Err(not_a_number()));
    assert_eq!(no_record(|| cart.by_ref("5")), Ok("x"));
}

#[test]
fn mut_ref_self() {
    let mut cart = cart();
    let failed = check(|| cart.by_mut_ref("twelve").cloned(), "by_mut_ref", "?");
    assert_eq!(failed, Err(not_a_number()));
    assert_eq!(cart.total, 2, "what was done before stays done");
    *no_record(|| cart.by_mut_ref("5").unwrap()) += 1;
    assert_eq!(cart.total, 9);
}

#[test]
fn ref_self_with_a_type() {
    let cart = cart();
    assert_eq!(check(|| cart.by_typed_ref("twelve"), "by_typed_ref", "?"), Err(not_a_number()));
    assert_eq!(no_record(|| cart.by_typed_ref("5")), Ok(6));
}

#[test]
fn box_of_self() {
    let cart = || Box::new(cart());
    assert_eq!(check(|| cart().by_box("twelve"), "by_box", "?"), Err(not_a_number()));
    assert_eq!(no_record(|| cart().by_box("5").unwrap().total), 6);
}

#[test]
fn rc_of_self() {
    let cart = Rc::new(cart());
    assert_eq!(check(|| Rc::clone(&cart).by_rc("twelve"), "by_rc", "?"), Err(not_a_number()));
    assert_eq!(Rc::strong_count(&cart), 1, "the receiver is dropped");
    assert_eq!(no_record(|| Rc::clone(&cart).by_rc("5")), Ok(6));
}

#[test]
fn ref_to_arc_of_self() {
    let cart = Arc::new(cart());
    assert_eq!(check(|| cart.by_arc("twelve"), "by_arc", "?"), Err(not_a_number()));
    assert!(no_record(|| Arc::ptr_eq(&cart.by_arc("5").unwrap(), &cart)));
}

#[test]
fn pin_of_self() {
    let mut cart = cart();
    let failed = check(|| Pin::new(&mut cart).by_pin("twelve").map(|n| *n), "by_pin", "?");
    assert_eq!(failed, Err(not_a_number()));
    assert_eq!(no_record(|| *Pin::new(&mut cart).by_pin("5").unwrap()), 6);
}
