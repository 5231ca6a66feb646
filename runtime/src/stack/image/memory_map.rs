//! Finds the image that contains an address.

use std::fs;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use object::Object;

use super::super::Frame;
use super::AddressKind;
use super::by_loader::{file_name, is_of_system, place_by_loader};
use super::debug_info::DebugInfo;
use super::elf::{Elf, PROGRAM, first_address, is_symbolic, read_elf};
use super::image_file::ImageFile;
use super::symbol_table::SymbolTable;
use crate::base::lock::lock;
use crate::base::sync::Mutex;
use crate::stack::loader::in_images_that_stay;

/// The images of the process with code, read for the first address outside of the known ones.
#[derive(Debug, Default)]
pub(in super::super) struct Images {
    code: Vec<Code>,
    /// Whether images that were loaded until now are known.
    is_current: bool,
    /// The process has no descriptors: what is not known yet is not read now.
    must_not_read: bool,
    /// Of the image that was last looked into.
    debug_info: Option<(Arc<OwnImage>, Option<DebugInfo>)>,
}

#[derive(Debug)]
struct Code {
    range: Range<usize>,
    loaded: Loaded,
    /// Its image is never unloaded.
    stays: bool,
}

/// The image of a range of code.
#[derive(Debug, Clone)]
enum Loaded {
    System,
    Own(Arc<OwnImage>),
}

/// An image of the program, not of the system.
#[derive(Debug)]
struct OwnImage {
    file: ImageFile,
    name: Arc<str>,
    /// Its start address in memory.
    start: u64,
    /// Read for the first address in it.
    facts: OnceLock<Facts>,
    /// Read for a name in it; `Some(None)` if it has none.
    symbols: Mutex<Option<Option<SymbolTable>>>,
}

#[derive(Debug)]
struct Facts {
    has_symbols: bool,
    build_id: Option<Arc<str>>,
    /// An address in memory minus the address in the file.
    bias: u64,
}

impl Images {
    /// Whether files may be read from now on. If not, what is not known yet stays unknown.
    pub(in super::super) fn may_read(&mut self, may_read: bool) {
        self.must_not_read = !may_read;
    }

    pub(in super::super) fn find(&mut self, address: usize) -> AddressKind {
        let must_not_read = self.must_not_read;
        match self.code_at(address).map(|code| &code.loaded) {
            Some(Loaded::System) => AddressKind::System,
            Some(Loaded::Own(image)) => image.place(address, must_not_read),
            None if must_not_read => place_by_loader(address),
            None => AddressKind::Own,
        }
    }

    /// Whether the address is in an image that is never unloaded.
    pub(in super::super) fn stays(&mut self, address: usize) -> bool {
        self.code_at(address).is_some_and(|code| code.stays)
    }

    /// Whether the path of the address's image still leads to its file.
    pub(in super::super) fn is_in_place(&mut self, address: usize) -> bool {
        match self.code_at(address).map(|code| &code.loaded) {
            Some(Loaded::Own(image)) => image.file.is_in_place(),
            Some(Loaded::System) | None => true,
        }
    }

    /// The demangled name of the function that contains the address, if the symbol table of its image has it.
    pub(in super::super) fn function_at(&mut self, address: usize) -> Option<String> {
        let must_not_read = self.must_not_read;
        let Loaded::Own(image) = &self.code_at(address)?.loaded else { return None };
        let mut symbols = lock(&image.symbols);
        if symbols.is_none() && must_not_read {
            return None;
        }
        let open = || SymbolTable::open(image.file.path()?, image.start);
        let symbols = symbols.get_or_insert_with(open);
        symbols.as_ref()?.function_at(address as u64)
    }

    /// The calls at the address, if the debug info of its image has them.
    pub(in super::super) fn frames_at(&mut self, address: usize) -> Option<Vec<Frame>> {
        let Loaded::Own(image) = &self.code_at(address)?.loaded else { return None };
        let image = Arc::clone(image);
        if !self.debug_info.as_ref().is_some_and(|(known, _)| Arc::ptr_eq(known, &image)) {
            if self.must_not_read {
                return None;
            }
            let path = image.file.path();
            let debug_info = path.and_then(|path| DebugInfo::open(path, image.start));
            self.debug_info = Some((image, debug_info));
        }
        self.debug_info.as_ref()?.1.as_ref()?.frames_at(address as u64)
    }

    /// Frees symbols and debug info; they are read again when they are needed.
    pub(in super::super) fn release_symbols(&mut self) {
        self.debug_info = None;
        for code in &self.code {
            if let Loaded::Own(image) = &code.loaded {
                *lock(&image.symbols) = None;
            }
        }
    }

    /// An image was loaded or unloaded.
    pub(in super::super) fn have_changed(&mut self) {
        self.debug_info = None;
        self.code.retain(|code| code.stays);
        self.is_current = false;
    }

    fn code_at(&mut self, address: usize) -> Option<&Code> {
        if !self.is_current
            && !self.must_not_read
            && !self.code.iter().any(|code| code.range.contains(&address))
        {
            self.read();
        }
        self.code.iter().find(|code| code.range.contains(&address))
    }

    fn read(&mut self) {
        let mut code = code_in_memory();
        // What was read of an image that stays is kept.
        for known in self.code.drain(..).filter(|known| known.stays) {
            if let Some(new) = code.iter_mut().find(|new| new.range == known.range) {
                *new = known;
            }
        }
        self.code = code;
        self.is_current = true;
    }
}

impl OwnImage {
    fn place(&self, address: usize, must_not_read: bool) -> AddressKind {
        let facts = match self.facts.get() {
            None if must_not_read => &Facts::unread(self),
            None => self.facts.get_or_init(|| Facts::read(self)),
            Some(facts) => facts,
        };
        if facts.has_symbols {
            return AddressKind::Own;
        }
        AddressKind::Stripped {
            image: Arc::clone(&self.name),
            offset: (address as u64).wrapping_sub(facts.bias),
            build_id: facts.build_id.clone(),
        }
    }
}

impl Facts {
    fn read(image: &OwnImage) -> Self {
        let read = |elf: &Elf<'_>| Facts {
            has_symbols: is_symbolic(elf),
            build_id: elf.build_id().ok().flatten().map(|id| hex(id).into()),
            bias: image.start.wrapping_sub(first_address(elf).unwrap_or(0)),
        };
        let facts = image.file.path().and_then(|path| read_elf(path, read));
        facts.unwrap_or_else(|| Facts::unread(image))
    }

    /// Most images are linked for a start at zero.
    fn unread(image: &OwnImage) -> Self {
        Facts { has_symbols: false, build_id: None, bias: image.start }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The code of all images in memory.
fn code_in_memory() -> Vec<Code> {
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    // The program itself may be installed among the system's libraries.
    let program = fs::read_link(PROGRAM).unwrap_or_default();
    code_of(&maps, program.to_str().unwrap_or("\0"), &in_images_that_stay())
}

/// The code in the text of `/proc/self/maps`. The lines of an image are consecutive. `stay`: addresses in the
/// images that stay, other than the program.
fn code_of(maps: &str, program: &str, stay: &[usize]) -> Vec<Code> {
    let mut code: Vec<Code> = Vec::new();
    // Where the code of the image begins in `code`.
    let mut first = 0;
    // With path and access of its first mapping.
    let mut image: Option<([&str; 2], Loaded)> = None;
    for mapping in maps.lines().filter_map(Mapping::parse) {
        let Mapping { range, access, offset, path } = mapping;
        let known = image.as_ref().map_or([""; 2], |(known, _)| *known);
        // A symbolizer may have mapped the file as a whole, right before the image.
        if offset == 0 && (known[0] != path || known == [path, access]) {
            let is_system = path != program && is_of_system(path);
            let loaded = if is_system {
                Loaded::System
            } else if path.starts_with('/') {
                Loaded::Own(Arc::new(OwnImage {
                    file: ImageFile::new(path, path == program),
                    name: file_name(path),
                    start: range.start as u64,
                    facts: OnceLock::new(),
                    symbols: Mutex::new(None),
                }))
            } else {
                continue;
            };
            image = Some(([path, access], loaded));
            first = code.len();
        }
        if let Some((known, loaded)) = &image
            && known[0] == path
            && access.contains('x')
        {
            let stays = path == program || stay.iter().any(|at| range.contains(at));
            code.push(Code { range, loaded: loaded.clone(), stays });
            let stays = code[first..].iter().any(|code| code.stays);
            code[first..].iter_mut().for_each(|code| code.stays = stays);
        }
    }
    code
}

/// A line of `/proc/self/maps`:
/// `55d0c0a00000-55d0c0a2b000 r--p 00000000 fd:01 1234   /path/of/program`
struct Mapping<'a> {
    range: Range<usize>,
    access: &'a str,
    offset: u64,
    path: &'a str,
}

impl<'a> Mapping<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let mut rest = line;
        let mut field = || {
            let (field, behind) = rest.split_once(' ')?;
            rest = behind.trim_start();
            Some(field)
        };
        let (range, access, offset) = (field()?, field()?, field()?);
        let (_device, _inode) = (field()?, field()?);
        let (start, end) = range.split_once('-')?;
        let number = |text| usize::from_str_radix(text, 16).ok();
        Some(Mapping {
            range: number(start)?..number(end)?,
            access,
            offset: u64::from_str_radix(offset, 16).ok()?,
            path: rest,
        })
    }
}

#[cfg(test)]
mod tests {
    use object::ObjectSymbol;

    use super::*;

    const MAPS: &str = "\
1000-2000 r--p 00000000 fd:01 1   /opt/my shop/bin/shop (deleted)
2000-3000 r-xp 00001000 fd:01 1   /opt/my shop/bin/shop (deleted)
3000-4000 rw-p 00000000 00:00 0
5000-6000 r--p 00000000 fd:01 2   /usr/lib/libc.so.6
6000-7000 r-xp 00001000 fd:01 2   /usr/lib/libc.so.6
7000-8000 r--p 00000000 fd:01 3   /opt/shop/libcart.so
8000-9000 r-xp 00001000 fd:01 3   /opt/shop/libcart.so
9000-a000 r-xp 00000000 00:00 0   [vdso]
a000-b000 rwxp 00000000 00:00 0
";

    fn images(program: &str, stay: &[usize]) -> Images {
        Images { code: code_of(MAPS, program, stay), is_current: true, ..Images::default() }
    }

    fn shop() -> Images {
        images("/opt/my shop/bin/shop (deleted)", &[0x6123])
    }

    fn name_at(images: &mut Images, address: usize) -> Option<Arc<str>> {
        images.code_at(address).map(|code| match &code.loaded {
            Loaded::System => "system".into(),
            Loaded::Own(image) => Arc::clone(&image.name),
        })
    }

    #[test]
    fn an_address_without_a_name_is_an_offset_in_the_file_of_its_image() {
        let mut images = shop();
        let AddressKind::Stripped { image, offset, build_id } = images.find(0x8123) else {
            panic!("not a library")
        };
        assert_eq!((&*image, offset, build_id), ("libcart.so", 0x1123, None));
        assert_eq!(name_at(&mut images, 0x2000).as_deref(), Some("shop"));
        assert_eq!(name_at(&mut images, 0x1000), None, "no code");
        assert_eq!(name_at(&mut images, 0xa000), None, "in no image");
    }

    #[test]
    fn a_file_that_was_mapped_to_be_read_is_not_taken_for_the_image_behind_it() {
        let maps = MAPS.replace(
            "7000-8000 r--p",
            "6800-7000 r--p 00000000 fd:01 3   /opt/shop/libcart.so\n7000-8000 r--p",
        );
        assert_ne!(maps, MAPS);
        let mut images = Images { code: code_of(&maps, "", &[]), ..Images::default() };
        let AddressKind::Stripped { offset, .. } = images.find(0x8123) else {
            panic!("not a library")
        };
        assert_eq!(offset, 0x1123);
    }

    #[test]
    fn libraries_of_the_system_are_not_the_programs_unless_it_is_one() {
        assert!(matches!(shop().find(0x6000), AddressKind::System));
        assert!(matches!(shop().find(0x9000), AddressKind::System));
        let mut images = images("/usr/lib/libc.so.6", &[]);
        assert_eq!(name_at(&mut images, 0x6000).as_deref(), Some("libc.so.6"));
    }

    #[test]
    fn what_is_known_of_the_program_and_the_c_library_outlives_all_others() {
        let mut images = shop();
        assert!([0x2000, 0x6000].into_iter().all(|address| images.stays(address)));
        assert!(!images.stays(0x8000) && !images.stays(0xa000));
        images.have_changed();
        assert_eq!(images.code.len(), 2);
        assert!(images.code.iter().all(|code| code.stays));
    }

    #[test]
    fn a_function_of_this_program_is_found_by_an_address_in_it() {
        let mut images = Images::default();
        let address = code_in_memory as *const () as usize;
        let expected = "track_errors::stack::image::memory_map::code_in_memory";
        assert_eq!(images.function_at(address + 1).as_deref(), Some(expected));
        assert_eq!(images.function_at(1), None);
        let calls = images.frames_at(address + 1).expect("there is debug info");
        let call = calls.last().expect("a function");
        assert_eq!(call.function, expected);
        assert!(call.file.as_ref().is_some_and(|file| file.ends_with("memory_map.rs")));
        assert!(call.line.is_some());
        assert!(images.frames_at(1).is_none());
        images.release_symbols();
        assert_eq!(images.function_at(address + 1).as_deref(), Some(expected));
        assert_eq!(images.frames_at(address + 1), Some(calls));
        assert!(images.stays(address));
    }

    /// The test program has symbols, so its addresses are never offsets in a line.
    #[test]
    fn the_offset_and_build_id_of_this_program_are_those_of_its_file() {
        let address = code_in_memory as *const () as usize;
        let mut images = Images::default();
        assert!(matches!(images.find(address), AddressKind::Own));
        let code = images.code_at(address).expect("in the program");
        let Loaded::Own(image) = &code.loaded else { panic!("not the system's") };
        let facts = Facts::read(image);
        let in_file = address as u64 - facts.bias;
        assert!(
            read_elf(PROGRAM, |elf| { elf.symbols().any(|symbol| symbol.address() == in_file) })
                .expect("the file of this program")
        );
        if let Some(id) = facts.build_id {
            assert!(id.len() >= 16 && id.bytes().all(|digit| digit.is_ascii_hexdigit()));
        }
    }
}
