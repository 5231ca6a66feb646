//! Arguments: borrows, patterns, and their drop order.

use super::*;

#[test]
fn a_reborrow_of_an_argument_is_returned() {
    #[track_errors]
    fn first<'a>(numbers: &'a mut Vec<u32>, text: &str) -> Result<&'a mut u32, ParseIntError> {
        numbers.push(text.parse::<u32>()?);
        Ok(&mut numbers[0])
    }

    let mut numbers = Vec::new();
    assert_eq!(one_record(|| first(&mut numbers, "twelve").cloned()).0, Err(not_a_number()));
    *no_record(|| first(&mut numbers, "5").unwrap()) += 1;
    assert_eq!(numbers, [6]);
}

#[test]
fn an_elided_reborrow_is_returned() {
    #[track_errors]
    fn reborrow(number: &mut Option<u32>) -> Result<&mut u32, ()> {
        number.as_mut().ok_or(())
    }

    assert_eq!(one_record(|| reborrow(&mut None).cloned()).0, Err(()));
    let mut number = Some(1);
    *no_record(|| reborrow(&mut number).unwrap()) = 2;
    assert_eq!(number, Some(2));
}

#[test]
fn an_argument_is_assigned_anew() {
    #[track_errors]
    fn trimmed(mut text: &str, mut times: u8) -> Result<u32, ParseIntError> {
        while times > 0 {
            times -= 1;
            text = &text[1..];
        }
        Ok(text.parse::<u32>()?)
    }

    assert_eq!(one_record(|| trimmed("  x", 2)).0, Err("x".parse::<u32>().unwrap_err()));
    assert_eq!(no_record(|| trimmed("  7", 2)), Ok(7));
}

#[test]
fn patterns() {
    struct Point {
        x: u32,
        y: u32,
    }
    #[track_errors]
    fn add(
        Point { x, y: mut up }: Point,
        (a, [b, ..]): (u32, [u32; 3]),
        &c: &u32,
        ref d: u32,
        _: u32,
        whole @ (_, _): (u32, u32),
    ) -> Result<u32, u32> {
        up += 1;
        Err(x + up + a + b + c + *d + whole.0)
    }

    let point = Point { x: 1, y: 2 };
    let (value, record) = one_record(|| add(point, (10, [20, 0, 0]), &100, 200, 9, (1000, 0)));
    assert_eq!((value, &*record.message), (Err(1334), "1334"));
}

#[test]
fn arguments_that_are_not_used_are_dropped_at_the_end() {
    struct Tell<'a>(&'a Mutex<Vec<&'static str>>, &'static str);
    impl Drop for Tell<'_> {
        fn drop(&mut self) {
            self.0.lock().unwrap().push(self.1);
        }
    }
    #[track_errors]
    fn fail(_: Tell<'_>, _named: Tell<'_>, (_, _second): (Tell<'_>, Tell<'_>)) -> Result<(), ()> {
        Err(())
    }
    fn plain(_: Tell<'_>, _named: Tell<'_>, (_, _second): (Tell<'_>, Tell<'_>)) -> Result<(), ()> {
        Err(())
    }

    let drops = |f: fn(Tell<'_>, Tell<'_>, (Tell<'_>, Tell<'_>)) -> Result<(), ()>| {
        let log = Mutex::default();
        let tell = |name| Tell(&log, name);
        let _: Result<(), ()> = f(tell("a"), tell("b"), (tell("c"), tell("d")));
        log.into_inner().unwrap()
    };
    // The untracked function shows the expected order.
    let expected = drops(plain);
    assert_eq!(one_record(|| drops(fail)).0, expected);
}

#[test]
fn a_temporary_of_the_tail_borrows_an_argument() {
    #[track_errors]
    fn read(number: Arc<Mutex<u32>>) -> Result<u32, u32> {
        match *number.lock().unwrap() {
            0 => Err(*number.try_lock().as_deref().unwrap_or(&9)),
            _ => Ok(1),
        }
    }
    #[track_errors]
    fn tail(number: Arc<Mutex<u32>>) -> Result<u32, u32> {
        Ok(*number.lock().unwrap())
    }
    #[track_errors]
    fn call(numbers: Mutex<Vec<u32>>) -> Result<u32, usize> {
        numbers.lock().unwrap().first().copied().ok_or(numbers.try_lock().is_ok().into())
    }

    assert_eq!(one_record(|| read(Arc::new(Mutex::new(0)))).0, Err(9));
    assert_eq!(no_record(|| tail(Arc::new(Mutex::new(5)))), Ok(5));
    assert_eq!(one_record(|| call(Mutex::default())).0, Err(0));
}

#[test]
fn a_function_that_calls_itself() {
    #[track_errors]
    fn depth(levels: u32, log: &mut Vec<u32>) -> Result<u32, String> {
        log.push(levels);
        if levels == 0 {
            return Err(String::from("the bottom"));
        }
        depth(levels - 1, log)
    }

    let mut log = Vec::new();
    let (value, records) = track_errors::testing::capture(|| depth(3, &mut log));
    assert_eq!(value, Err("the bottom".to_owned()));
    assert_eq!(log, [3, 2, 1, 0]);
    assert_eq!(records[0].message, "the bottom");
    assert_eq!(records[0].function, "shapes_sync::arguments::a_function_that_calls_itself::depth");
}

#[test]
fn a_value_that_cannot_be_copied_or_moved_twice_comes_back() {
    #[track_errors]
    fn give(value: Box<u32>, fail: bool) -> Result<Box<u32>, Box<u32>> {
        if fail { Err(value) } else { Ok(value) }
    }

    let value = Box::new(1);
    let address: *const u32 = &raw const *value;
    let value = one_record(|| give(value, true)).0.unwrap_err();
    let value = no_record(|| give(value, false)).unwrap();
    assert_eq!(&raw const *value, address, "it is the same box");
}

#[test]
fn functions_are_still_items() {
    #[track_errors]
    fn double(number: &u32) -> Result<u32, ()> {
        number.checked_mul(2).ok_or(())
    }

    // A function pointer for every lifetime, and a `const` of it.
    const DOUBLE: for<'a> fn(&'a u32) -> Result<u32, ()> = double;
    assert_eq!(
        no_record(|| [1, 2].iter().map(DOUBLE).collect::<Result<Vec<_>, _>>()),
        Ok(vec![2, 4])
    );
    assert_eq!(one_record(|| DOUBLE(&u32::MAX)).0, Err(()));
}

#[test]
fn constants_may_have_any_name_beside_a_parameter_that_is_a_pattern() {
    #![allow(non_upper_case_globals, dead_code, reason = "they are the subject")]
    const __arg0: (u32, u32) = (1, 2);
    static __arg1: u32 = 1;
    const error: u32 = 1;
    const value: u32 = 1;
    const call: u32 = 1;
    const kept: u32 = 1;

    #[track_errors(fields(a), when = |_| true)]
    fn sync((a, _): (u32, u32), _: u32) -> Result<u32, u32> {
        Err(a + __arg0.1 + __arg1 + error)
    }
    #[track_errors(fields(a), when = |_| true)]
    async fn later((a, _): (u32, u32), _: u32) -> Result<u32, u32> {
        Err(a + __arg0.1 + __arg1 + error)
    }

    assert_eq!(one_record(|| sync((3, 4), 5)).0, Err(7));
    assert_eq!(one_record_of(later((3, 4), 5)).0, Err(7));
}
