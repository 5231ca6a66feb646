//! Feature `error-stack`: what an [`error_stack::Report`] holds.

use std::backtrace::Backtrace;
use std::panic::Location;

use error_stack::{AttachmentKind, Frame, FrameKind, Report};

use super::error_list::{ErrorList, MAX_PARTS, Part};
use super::probe::{KnownContainer, MessageSource};

impl<C: ?Sized> KnownContainer for Report<C> {
    fn message_source(&self) -> MessageSource<'_> {
        MessageSource::List(self)
    }
}

impl<C: ?Sized> ErrorList for Report<C> {
    fn parts(&self) -> Vec<Part<'_>> {
        self.frames().filter_map(part).take(MAX_PARTS).collect()
    }
}

/// What a frame is. The mode `carried` reads the backtrace.
fn part(frame: &Frame) -> Option<Part<'_>> {
    match frame.kind() {
        FrameKind::Context(error) => Some(Part::Context(error)),
        FrameKind::Attachment(AttachmentKind::Printable(text)) => Some(Part::Text(text)),
        FrameKind::Attachment(_) if frame.is::<Backtrace>() => None,
        FrameKind::Attachment(_) => Some(match frame.downcast_ref::<Location<'static>>() {
            Some(place) => Part::Location(place),
            None => Part::Opaque,
        }),
    }
}
