//! What the macro knows to ask about an error: what its type has, and the keys of the attribute.

use std::panic::{RefUnwindSafe, UnwindSafe};

use crate::describe::{Classification, Fields, Keys, View};

/// All that a boxed future can promise about itself, and so all that goes into one.
pub trait AutoTraits: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe + 'static {}
impl<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe + 'static> AutoTraits for T {}

/// The closure that the macro writes for every function: `|error|
/// Probe::new(error).track_errors_view()`. It captures nothing.
pub trait DescribePlain<E>: for<'e> Fn(&'e E) -> View<'e> + Copy + AutoTraits {}
impl<E, D: for<'e> Fn(&'e E) -> View<'e> + Copy + AutoTraits> DescribePlain<E> for D {}

/// The closure that the macro writes for keys such as `when`: `|error, classification| …`. It
/// captures nothing.
pub trait Ask<E>: Fn(&E, &mut Classification) + Copy + AutoTraits {}
impl<E, A: Fn(&E, &mut Classification) + Copy + AutoTraits> Ask<E> for A {}

/// All that the macro knows to ask about an error of this type.
pub trait Describe<E> {
    /// The same without borrows of the call, for a future that outlives it.
    type Owned: Describe<E> + AutoTraits;

    /// What its type has.
    fn view<'e>(&self, error: &'e E) -> View<'e>;

    /// Calls `then` with what its keys say.
    fn with_keys(&self, error: &E, then: impl FnOnce(Option<&dyn Keys>));

    /// The same without borrows.
    fn into_owned(self) -> Self::Owned;
}

/// A function whose keys are all known at compile time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WithoutKeys<D>(pub(super) D);

impl<E, D: DescribePlain<E>> Describe<E> for WithoutKeys<D> {
    type Owned = Self;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn view<'e>(&self, error: &'e E) -> View<'e> {
        (self.0)(error)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn with_keys(&self, _: &E, then: impl FnOnce(Option<&dyn Keys>)) {
        then(None);
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn into_owned(self) -> Self {
        self
    }
}

/// A function whose keys are closures that run when an error leaves it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WithKeys<D, A, F> {
    pub(super) describe: D,
    pub(super) ask: A,
    pub(super) fields: F,
}

impl<E, D: DescribePlain<E>, A: Ask<E>, F: Fn(&mut Fields)> Describe<E> for WithKeys<D, A, F> {
    type Owned = WithOwnedKeys<D, A>;

    fn view<'e>(&self, error: &'e E) -> View<'e> {
        (self.describe)(error)
    }

    fn with_keys(&self, error: &E, then: impl FnOnce(Option<&dyn Keys>)) {
        then(Some(&KeysOf { error, ask: self.ask, fields: &self.fields }));
    }

    fn into_owned(self) -> WithOwnedKeys<D, A> {
        let mut fields = Fields::default();
        (self.fields)(&mut fields);
        WithOwnedKeys { describe: self.describe, ask: self.ask, fields }
    }
}

/// [`WithKeys`], with fields that were formatted.
#[derive(Debug)]
pub(crate) struct WithOwnedKeys<D, A> {
    describe: D,
    ask: A,
    fields: Fields,
}

impl<E, D: DescribePlain<E>, A: Ask<E>> Describe<E> for WithOwnedKeys<D, A> {
    type Owned = Self;

    fn view<'e>(&self, error: &'e E) -> View<'e> {
        (self.describe)(error)
    }

    fn with_keys(&self, error: &E, then: impl FnOnce(Option<&dyn Keys>)) {
        let fields = |fields: &mut Fields| fields.clone_from(&self.fields);
        then(Some(&KeysOf { error, ask: self.ask, fields }));
    }

    fn into_owned(self) -> Self {
        self
    }
}

/// An error, and what its function's keys ask about it.
struct KeysOf<'e, E, A, F> {
    error: &'e E,
    ask: A,
    fields: F,
}

impl<E, A: Ask<E>, F: Fn(&mut Fields)> Keys for KeysOf<'_, E, A, F> {
    fn ask(&self, classification: &mut Classification) {
        (self.ask)(self.error, classification);
    }

    fn fields(&self, fields: &mut Fields) {
        (self.fields)(fields);
    }
}
