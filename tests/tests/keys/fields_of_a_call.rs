//! `fields`: values, types, and when they are evaluated.

use super::*;

struct Order {
    id: u64,
    name: String,
    weight: f32,
    paid: bool,
}

impl Order {
    #[track_errors(fields(id = self.id))]
    fn by_reference(&self) -> Result<(), ()> {
        Err(())
    }
    #[track_errors(fields(id = self.id))]
    fn by_mutable_reference(&mut self) -> Result<(), ()> {
        self.id += 1;
        Err(())
    }
    #[track_errors(fields(id = self.id, name = self.name))]
    fn by_value(self) -> Result<(), Order> {
        Err(self)
    }
    #[track_errors(fields(id = self.id))]
    async fn by_arc(self: Arc<Self>) -> Result<(), Arc<Order>> {
        Err(self)
    }
    #[track_errors(fields(id = self.id, name = name.to_uppercase()))]
    fn later<'a>(&'a self, name: &'a str) -> impl Future<Output = Result<(), &'a str>> {
        async move { Err(if self.paid { name } else { "" }) }
    }
}

fn order() -> Order {
    Order { id: 7, name: "tea".to_owned(), weight: 0.5, paid: true }
}

/// Counts how often it is formatted.
#[derive(Default)]
struct Counting(Cell<u32>);

impl Display for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.set(self.0.get() + 1);
        f.write_str("counted")
    }
}

impl Debug for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

#[test]
fn a_name_can_be_a_text() {
    #[track_errors(fields("request id" = id, "http.route" = %route, "type" = 1))]
    fn handle(id: u32, route: &str) -> Result<(), ()> {
        Err(())
    }
    let record = record(|| handle(7, "/pay"));
    let names: Vec<_> = record.fields.iter().map(|field| &*field.name).collect();
    assert_eq!(names, ["request id", "http.route", "type"]);
    assert_eq!(record.fields[1].value, FieldValue::Text("/pay".to_owned()));
}

#[test]
fn json_is_structured_by_reference_and_in_an_option_too() {
    #[track_errors(fields(json, some = Some(json), list = list, map = json.as_object(), %text))]
    fn call(json: &Value, list: Vec<Value>, text: &Value) -> Result<(), ()> {
        Err(())
    }
    let json = serde_json::json!({"id": 7});
    let record = record(|| call(&json, vec![json.clone()], &json));
    let object = FieldValue::Object(vec![("id".to_owned(), FieldValue::Int(7))]);
    let list = FieldValue::Array(vec![object.clone()]);
    let text = FieldValue::Text(r#"{"id":7}"#.to_owned());
    let values: Vec<_> = record.fields.into_iter().map(|field| field.value).collect();
    assert_eq!(values, [object.clone(), object.clone(), list, object, text]);
}

#[test]
fn lists_of_other_values_are_their_debug() {
    #[track_errors(fields(numbers, names = names.split(' ').collect::<Vec<_>>()))]
    fn call(numbers: Vec<u8>, names: &str) -> Result<(), ()> {
        Err(())
    }
    let expected = [r#"numbers="[1, 2]""#, r#"names="[\"a\", \"b\"]""#];
    assert_eq!(fields(|| call(vec![1, 2], "a b")), expected);
}

#[test]
fn numbers_and_booleans_keep_their_types_and_the_rest_is_text() {
    #[track_errors(fields(
        order.id,
        name = order.name,
        weight = order.weight,
        order.paid,
        double = order.id * 2,
        none = None::<u8>,
        path,
        shown = %path.display(),
        quoted = ?order.name,
        number_as_text = %order.id,
    ))]
    fn pay(order: &Order, path: &Path) -> Result<(), ()> {
        let _ = (order, path);
        Err(())
    }
    assert_eq!(
        fields(|| pay(&order(), Path::new("/tmp"))),
        [
            "order.id=7",
            "name=\"tea\"",
            "weight=0.5",
            "order.paid=true",
            "double=14",
            "path=\"\\\"/tmp\\\"\"",
            "shown=\"/tmp\"",
            "quoted=\"\\\"tea\\\"\"",
            "number_as_text=\"7\"",
        ]
    );
}

#[test]
fn references_are_formatted_only_when_an_error_leaves() {
    #[track_errors(fields(counting, shown = %counting, debugged = ?counting))]
    fn check(counting: &Counting, fail: bool) -> Result<(), ()> {
        let _ = counting;
        if fail { Err(()) } else { Ok(()) }
    }
    #[track_errors(fields(counting))]
    async fn check_later(counting: &Counting, fail: bool) -> Result<(), ()> {
        check(counting, fail)
    }
    let counting = Counting::default();
    assert!(check(&counting, false).is_ok());
    assert!(block_on(check_later(&counting, false)).is_ok());
    assert_eq!(counting.0.get(), 0);
    record(|| check(&counting, true));
    assert_eq!(counting.0.get(), 3);
}

#[test]
fn an_error_that_an_inner_function_logged_formats_nothing_in_outer_ones() {
    #[track_errors]
    fn inner() -> Result<(), String> {
        Err("no card is left".to_owned())
    }
    #[track_errors(fields(counting))]
    fn outer(counting: &Counting) -> Result<(), String> {
        let _ = counting;
        inner()
    }
    let counting = Counting::default();
    record(|| outer(&counting));
    assert_eq!(counting.0.get(), 0);
}

#[test]
fn a_field_has_its_value_from_the_beginning_of_the_call() {
    #[track_errors(fields(count, text, list = ?list))]
    fn consume(mut count: u32, text: String, list: &mut Vec<u8>) -> Result<(), ()> {
        count += 1;
        list.push(2);
        drop((count, text));
        Err(())
    }
    assert_eq!(
        fields(|| consume(1, "a".to_owned(), &mut vec![1])),
        ["count=1", "text=\"a\"", "list=\"[1]\""]
    );
    #[track_errors(fields(count, text))]
    async fn consume_later(mut count: u32, text: String) -> Result<(), ()> {
        count += 1;
        drop((count, text));
        Err(())
    }
    assert_eq!(fields(|| block_on(consume_later(1, "a".to_owned()))), ["count=1", "text=\"a\""]);
}

#[test]
fn names_bound_by_patterns_can_be_fields() {
    struct State<T>(T);
    #[track_errors(fields(id, name = %name, first, len = rest.len()))]
    fn handle(
        State(Order { id, name, .. }): State<Order>,
        (first, mut rest): (u8, Vec<u8>),
    ) -> Result<(), ()> {
        rest.push(first);
        drop((id, name, rest));
        Err(())
    }
    #[track_errors(fields(id))]
    async fn handle_later(State(id): State<u32>) -> Result<(), u32> {
        Err(id)
    }
    assert_eq!(
        fields(|| handle(State(order()), (1, vec![2]))),
        ["id=7", "name=\"tea\"", "first=1", "len=1"]
    );
    assert_eq!(fields(|| block_on(handle_later(State(3)))), ["id=3"]);
}

#[test]
fn every_receiver_can_be_used() {
    assert_eq!(fields(|| order().by_reference()), ["id=7"]);
    assert_eq!(fields(|| order().by_mutable_reference()), ["id=7"]);
    assert_eq!(fields(|| order().by_value()), ["id=7", "name=\"tea\""]);
    assert_eq!(fields(|| block_on(Arc::new(order()).by_arc())), ["id=7"]);
    let order = order();
    assert_eq!(fields(|| block_on(order.later("x"))), ["id=7", "name=\"X\""]);
}

#[test]
fn async_trait_keeps_fields_in_both_orders() {
    #[async_trait]
    trait Shop {
        async fn above(&self, id: u32, name: &str) -> Result<(), ()>;
        async fn below(&self, id: u32, name: &str) -> Result<(), ()>;
    }
    struct Corner(u8);
    #[async_trait]
    impl Shop for Corner {
        #[track_errors(fields(corner = self.0, id, name))]
        async fn above(&self, id: u32, name: &str) -> Result<(), ()> {
            let _ = (id, name);
            Err(())
        }
        async fn below(&self, id: u32, name: &str) -> Result<(), ()> {
            self.above(id, name).await
        }
    }
    struct Other(u8);
    #[track_errors(fields(corner = self.0, id, name))]
    #[async_trait]
    impl Shop for Other {
        async fn above(&self, id: u32, name: &str) -> Result<(), ()> {
            let _ = (id, name);
            Err(())
        }
        #[track_errors(skip)]
        async fn below(&self, id: u32, name: &str) -> Result<(), ()> {
            self.above(id, name).await
        }
    }
    let expected = ["corner=9", "id=1", "name=\"n\""];
    assert_eq!(fields(|| block_on(Corner(9).below(1, "n"))), expected);
    assert_eq!(fields(|| block_on(Other(9).below(1, "n"))), expected);
}

#[test]
fn at_a_boundary_inner_fields_come_first_and_keep_their_names() {
    #[track_errors(fields(id, inner = true))]
    fn inner(id: u32) -> Result<(), String> {
        Err(format!("no order with the number {id}"))
    }
    #[track_errors(report = "boundary", fields(id, outer = true))]
    fn outer(id: u32) -> Result<(), String> {
        inner(id + 1)
    }
    assert_eq!(fields(|| outer(1)), ["id=2", "inner=true", "outer=true"]);
}

#[test]
fn a_field_that_panics_is_reported_and_the_error_is_logged() {
    struct Wild;
    impl Display for Wild {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("on purpose: a field that panics")
        }
    }
    #[track_errors(fields(kept, now, after = 1))]
    fn fail(kept: &Wild, now: Wild) -> Result<(), ()> {
        let _ = (kept, now);
        Err(())
    }
    let note = "\"[panicked while it was formatted]\"";
    assert_eq!(
        fields(|| fail(&Wild, Wild)),
        [format!("kept={note}"), format!("now={note}"), "after=1".to_owned()]
    );
}

#[test]
fn a_field_of_megabytes_is_truncated_and_both_formats_admit_the_line() {
    #[track_errors(service = "shop", fields(long, control = "\u{1b}[31m\0"))]
    fn fail(long: &str) -> Result<(), ()> {
        let _ = long;
        Err(())
    }
    let long = "é".repeat(1_000_000);
    let texts = fields(|| fail(&long));
    assert!(texts[0].ends_with("… [cut at 2048 bytes]\""), "{}", texts[0].len());
    assert_eq!(texts[1], "control=\"\\\\u{1b}[31m\\\\u{0}\"");
}

#[test]
fn a_field_can_be_any_expression() {
    #[track_errors(fields(big = a > 3, wide = a as u64, sum = a + 1, both = a == 5 && !b, r = ?a..9))]
    fn by_value(a: u32, b: bool) -> Result<(), (u32, bool)> {
        Err((a, b))
    }
    #[track_errors(fields(big = *a > 3, wide = *a as u64, sum = *a + 1, both = *a == 5 && !b, r = ?*a..9))]
    async fn by_mutable_reference(a: &mut u32, b: bool) -> Result<(), bool> {
        *a = 0;
        Err(b)
    }
    #[track_errors(fields(big = *a > 3, wide = *a as u64, sum = a + 1, both = *a == 5 && !b, r = ?*a..9))]
    fn by_pattern((a, b): (u32, bool)) -> Result<(), (u32, bool)> {
        Err((a, b))
    }
    #[track_errors(fields(big = a > 3, wide = a as u64, sum = a + 1, both = a == 5 && !b, r = ?a..9))]
    async fn by_pattern_later((a, b): (u32, bool)) -> Result<(), (u32, bool)> {
        Err((a, b))
    }
    let expected = ["big=true", "wide=5", "sum=6", "both=true", "r=\"5..9\""];
    assert_eq!(fields(|| by_value(5, false)), expected);
    assert_eq!(fields(|| block_on(by_mutable_reference(&mut 5, false))), expected);
    assert_eq!(fields(|| by_pattern((5, false))), expected);
    assert_eq!(fields(|| block_on(by_pattern_later((5, false)))), expected);
}

#[test]
fn a_field_can_be_a_part_of_a_returned_value() {
    struct Shared(Mutex<Order>);

    impl Shared {
        fn list(&self) -> Vec<u8> {
            vec![1, 2, 3]
        }

        #[track_errors(fields(
            id = self.0.lock().unwrap().id,
            name = self.0.lock().unwrap().name,
            shown = %self.0.lock().unwrap().name,
            rest = ?self.list()[1..],
            first = self.list()[0],
            light = self.0.lock().unwrap().weight < 9.0,
        ))]
        fn pay(&self) -> Result<(), ()> {
            self.0.lock().unwrap().id = 8;
            Err(())
        }
    }

    let expected =
        ["id=7", "name=\"tea\"", "shown=\"tea\"", "rest=\"[2, 3]\"", "first=1", "light=true"];
    assert_eq!(fields(|| Shared(Mutex::new(order())).pay()), expected);
}

#[test]
fn a_path_that_the_body_consumes_is_formatted_before() {
    #[track_errors(fields(path = %path.display()))]
    fn open(path: PathBuf) -> Result<(), PathBuf> {
        Err(path)
    }
    assert_eq!(fields(|| open(PathBuf::from("/tmp/a"))), ["path=\"/tmp/a\""]);
}

#[test]
fn a_tracked_future_with_fields_can_be_sent() {
    fn assert_send<T: Send>(value: T) -> T {
        value
    }
    #[track_errors(fields(id = order.id, name = order.name, path = %path.display()))]
    async fn check(order: &Order, path: &Path) -> Result<(), ()> {
        let _ = (order, path);
        std::future::ready(()).await;
        Err(())
    }
    let order = order();
    let check = assert_send(check(&order, Path::new("/tmp")));
    assert_eq!(fields(|| block_on(check)).len(), 3);
}
