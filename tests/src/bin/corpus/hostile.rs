use std::error::Error;
use std::fmt::{self, Debug, Display, Formatter};

use track_errors::track_errors;

macro_rules! hostile {
    ($($name:ident { display: $display:expr, debug: $debug:expr, source: $source:expr })*) => {$(
        struct $name;
        impl Display for $name {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                let display: fn(&mut Formatter<'_>) -> fmt::Result = $display;
                display(f)
            }
        }
        impl Debug for $name {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                let debug: fn(&mut Formatter<'_>) -> fmt::Result = $debug;
                debug(f)
            }
        }
        impl Error for $name {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                let source: fn() -> Option<&'static (dyn Error + 'static)> = $source;
                source()
            }
        }
    )*};
}

fn panics(_: &mut Formatter<'_>) -> fmt::Result {
    panic!("on purpose: formatting an error")
}
fn half(f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str("half of it ")?;
    panic!("on purpose: formatting the rest of an error")
}
fn fails(_: &mut Formatter<'_>) -> fmt::Result {
    Err(fmt::Error)
}
fn endless(f: &mut Formatter<'_>) -> fmt::Result {
    loop {
        f.write_str("and so on, ")?;
    }
}

hostile! {
    DisplayPanics { display: panics, debug: |f| f.write_str("DisplayPanics"), source: || None }
    DisplayPanicsLate { display: half, debug: panics, source: || None }
    DebugPanics { display: |f| f.write_str("no card"), debug: panics, source: || None }
    EverythingPanics { display: panics, debug: panics, source: || panic!("on purpose: a source") }
    DisplayFails { display: fails, debug: fails, source: || None }
    DisplayIsEndless { display: endless, debug: |f| f.write_str("Endless"), source: || None }
    SaysNothing { display: |_| Ok(()), debug: |_| Ok(()), source: || None }
    SourcePanics {
        display: |f| f.write_str("no card"),
        debug: |f| f.write_str("SourcePanics"),
        source: || panic!("on purpose: a source")
    }
    CauseIsEndless {
        display: |f| f.write_str("no card"),
        debug: |f| f.write_str("CauseIsEndless"),
        source: || Some(&DisplayIsEndless)
    }
    CausePanics {
        display: |f| f.write_str("no card"),
        debug: |f| f.write_str("CausePanics"),
        source: || Some(&EverythingPanics)
    }
}

cases! {
    display_panics -> DisplayPanics { Err(DisplayPanics)? }
    display_panics_late -> DisplayPanicsLate { Err(DisplayPanicsLate)? }
    debug_panics -> DebugPanics { Err(DebugPanics)? }
    everything_panics -> EverythingPanics { Err(EverythingPanics)? }
    boxed_everything_panics -> Box<dyn Error> { Err(EverythingPanics)? }
    display_fails -> DisplayFails { Err(DisplayFails)? }
    display_is_endless -> DisplayIsEndless { Err(DisplayIsEndless)? }
    says_nothing -> SaysNothing { Err(SaysNothing)? }
    source_panics -> SourcePanics { Err(SourcePanics)? }
    cause_is_endless -> CauseIsEndless { Err(CauseIsEndless)? }
    cause_panics -> CausePanics { Err(CausePanics)? }
}
