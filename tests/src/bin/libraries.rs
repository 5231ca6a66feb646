//! A program that loads and unloads shared libraries, whose function calls back into a tracked function that
//! fails. Arguments: what to do, and the two libraries. `tests/shared_libraries.rs` builds both.

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::{CStr, CString, c_void};
    use std::hint::black_box;
    use std::mem;
    use std::num::ParseIntError;
    use std::time::Duration;

    use track_errors::{Delivery, track_errors};

    pub(super) fn main() {
        let arguments: Vec<_> = std::env::args().skip(1).collect();
        let [what, first, second] = &*arguments else { panic!("not what to do: {arguments:?}") };
        let delivery = if what == "sync" { Delivery::Sync } else { Delivery::default() };
        track_errors::builder().delivery(delivery).init();
        match &**what {
            "sync" | "worker" => in_turns([first, second]),
            "late" => {
                // Symbols are read before there is any library.
                assert!(fail("before").is_err());
                flush();
                in_turns([first, second]);
            }
            "waiting" => waiting([first, second]),
            other => panic!("not a scenario: {other}"),
        }
    }

    /// Each fails three times, and is resolved before it is unloaded.
    fn in_turns(paths: [&String; 2]) {
        let mut addresses = Vec::new();
        for path in [paths, paths, paths].concat() {
            let library = Library::open(path);
            library.fail();
            library.fail();
            flush();
            addresses.push(library.address());
            library.close();
        }
        let first = addresses[0];
        eprintln!("same address: {}", addresses.iter().all(|address| *address == first));
    }

    /// The worker resolves after the library is gone, and another one is in its place.
    fn waiting(paths: [&String; 2]) {
        let first = Library::open(paths[0]);
        first.fail();
        first.close();
        let second = Library::open(paths[1]);
        flush();
        second.fail();
        flush();
        second.close();
    }

    fn flush() {
        assert!(track_errors::flush(Duration::from_secs(60)), "not written within a minute");
    }

    #[track_errors(service = "host")]
    #[inline(never)]
    fn fail(text: &str) -> Result<u32, ParseIntError> {
        let number = black_box(text).parse::<u32>()?;
        Ok(number)
    }

    extern "C" fn call_back() {
        assert!(fail("inside").is_err());
        // Keeps this frame until the call is over.
        black_box(());
    }

    struct Library(*mut c_void);

    impl Library {
        fn open(path: &str) -> Self {
            let path = CString::new(path).expect("no NUL");
            // SAFETY: a C string; the library has no constructors.
            let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW) };
            assert!(!handle.is_null(), "the library is not loaded");
            Library(handle)
        }

        fn address(&self) -> usize {
            let name: &CStr = c"run";
            // SAFETY: an open handle, and a C string.
            unsafe { libc::dlsym(self.0, name.as_ptr()) }.addr()
        }

        #[inline(never)]
        fn fail(&self) {
            // SAFETY: both libraries have this function, with this signature.
            let run = unsafe {
                let run = libc::dlsym(self.0, c"run".as_ptr());
                assert!(!run.is_null(), "the library has no `run`");
                mem::transmute::<*mut c_void, extern "C" fn(extern "C" fn())>(run)
            };
            run(call_back);
            black_box(());
        }

        fn close(self) {
            // SAFETY: the handle is open, and nothing of the library is used later.
            assert_eq!(unsafe { libc::dlclose(self.0) }, 0);
        }
    }
}
