use track_errors::track_errors;

#[track_errors]
fn usage() -> ! {
    std::process::exit(2)
}

fn main() {
    usage();
}
