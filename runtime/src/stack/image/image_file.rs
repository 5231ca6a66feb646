//! The file of an image.
//!
//! A deployment replaces the file of a program that runs. Names from the new one would be those of other functions.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::elf::PROGRAM;

#[derive(Debug)]
pub(super) struct ImageFile {
    path: PathBuf,
    /// Of the file that was there when the image was found.
    identity: Option<Identity>,
    is_program: bool,
}

/// Device and number.
type Identity = (u64, u64);

impl ImageFile {
    pub(super) fn new(path: &str, is_program: bool) -> Self {
        let path = PathBuf::from(path);
        ImageFile { identity: identity(&path), path, is_program }
    }

    /// Whether its path still leads to it. Needs no descriptor.
    pub(super) fn is_in_place(&self) -> bool {
        self.identity.is_some() && self.identity == identity(&self.path)
    }

    /// A path that leads to it.
    pub(super) fn path(&self) -> Option<&Path> {
        if self.is_program {
            return Some(Path::new(PROGRAM));
        }
        self.is_in_place().then_some(&self.path)
    }
}

fn identity(path: &Path) -> Option<Identity> {
    fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::test_folder::TestFolder;

    #[test]
    fn a_file_that_took_the_place_of_an_image_is_not_read_for_it() {
        let folder = TestFolder::new();
        let [path, new] = ["cart.so", "new"].map(|name| folder.join(name));
        fs::write(&path, "cart").unwrap();
        let found = |is_program| ImageFile::new(path.to_str().unwrap(), is_program);
        let (library, program) = (found(false), found(true));
        assert_eq!(library.path(), Some(&*path));
        fs::write(&new, "cart").unwrap();
        fs::rename(&new, &path).unwrap();
        assert!(!library.is_in_place() && !program.is_in_place());
        assert_eq!((library.path(), program.path()), (None, Some(Path::new(PROGRAM))));
        fs::remove_file(&path).unwrap();
        assert!(!library.is_in_place() && !found(false).is_in_place());
    }
}
