//! Finds the image that contains an address.

use std::fs;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use object::Object;

use super::AddressKind;
use super::elf::{PROGRAM, first_address, is_symbolic, read_elf};

/// The images of the process with code. Read again for an address outside of all of them: a library may be
/// loaded at any time.
#[derive(Debug, Default)]
pub(in super::super) struct Images {
    code: Vec<(Range<usize>, Loaded)>,
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
    /// A readable path of its file.
    file: PathBuf,
    name: Arc<str>,
    /// Its start address in memory.
    start: u64,
    /// Read for the first address in it.
    facts: OnceLock<Facts>,
}

#[derive(Debug)]
struct Facts {
    has_symbols: bool,
    build_id: Option<Arc<str>>,
    /// An address in memory minus the address in the file.
    bias: u64,
}

impl Images {
    pub(in super::super) fn find(&mut self, address: usize) -> AddressKind {
        let found = self.loaded_at(address).or_else(|| {
            self.code = code_in_memory();
            self.loaded_at(address)
        });
        match found {
            Some(Loaded::System) => AddressKind::System,
            Some(Loaded::Own(image)) => image.place(address),
            None => AddressKind::Own,
        }
    }

    fn loaded_at(&self, address: usize) -> Option<Loaded> {
        let (_, loaded) = self.code.iter().find(|(range, _)| range.contains(&address))?;
        Some(loaded.clone())
    }
}

impl OwnImage {
    fn place(&self, address: usize) -> AddressKind {
        let facts = self.facts.get_or_init(|| Facts::read(self));
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
        let facts = read_elf(&image.file, |elf| Facts {
            has_symbols: is_symbolic(elf),
            build_id: elf.build_id().ok().flatten().map(|id| hex(id).into()),
            bias: image.start.wrapping_sub(first_address(elf).unwrap_or(0)),
        });
        // Most images are linked for a start at zero.
        facts.unwrap_or(Facts { has_symbols: false, build_id: None, bias: image.start })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The code of all images in memory.
fn code_in_memory() -> Vec<(Range<usize>, Loaded)> {
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    // The program itself may be installed among the system's libraries.
    let program = fs::read_link(PROGRAM).unwrap_or_default();
    code_of(&maps, program.to_str().unwrap_or("\0"))
}

/// The code in the text of `/proc/self/maps`. The lines of an image are consecutive.
fn code_of(maps: &str, program: &str) -> Vec<(Range<usize>, Loaded)> {
    let mut code = Vec::new();
    let mut image: Option<(&str, Loaded)> = None;
    for mapping in maps.lines().filter_map(Mapping::parse) {
        let Mapping { range, access, offset, path } = mapping;
        let is_same = image.as_ref().is_some_and(|(known, _)| *known == path);
        if offset == 0 && !is_same {
            let is_system = path != program
                && ["/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/", "[vdso]"]
                    .iter()
                    .any(|folder| path.starts_with(folder));
            let loaded = if is_system {
                Loaded::System
            } else if path.starts_with('/') {
                let file = if path == program { PROGRAM } else { path };
                let name = path.strip_suffix(" (deleted)").unwrap_or(path);
                let name = name.rsplit('/').next().unwrap_or(name);
                Loaded::Own(Arc::new(OwnImage {
                    file: file.into(),
                    name: name.replace(char::is_control, "?").into(),
                    start: range.start as u64,
                    facts: OnceLock::new(),
                }))
            } else {
                continue;
            };
            image = Some((path, loaded));
        }
        if let Some((known, loaded)) = &image
            && *known == path
            && access.contains('x')
        {
            code.push((range, loaded.clone()));
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

/// Address of the executable's beginning in memory.
pub(super) fn load_address() -> Option<u64> {
    let program = fs::read_link(PROGRAM).ok()?;
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let mut mappings = maps.lines().filter_map(Mapping::parse);
    let first = mappings.find(|m| m.offset == 0 && Some(m.path) == program.to_str())?;
    Some(first.range.start as u64)
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

    fn images() -> Images {
        Images { code: code_of(MAPS, "/opt/my shop/bin/shop (deleted)") }
    }

    #[test]
    fn an_address_without_a_name_is_an_offset_in_the_file_of_its_image() {
        let mut images = images();
        let AddressKind::Stripped { image, offset, build_id } = images.find(0x8123) else {
            panic!("not a library")
        };
        assert_eq!((&*image, offset, build_id), ("libcart.so", 0x1123, None));
        assert_eq!(images.loaded_at(0x2000).map(|image| name_of(&image)), Some("shop".into()));
        assert!(images.loaded_at(0x1000).is_none(), "no code");
        assert!(images.loaded_at(0xa000).is_none(), "in no image");
    }

    fn name_of(loaded: &Loaded) -> Arc<str> {
        match loaded {
            Loaded::System => "system".into(),
            Loaded::Own(image) => Arc::clone(&image.name),
        }
    }

    #[test]
    fn libraries_of_the_system_are_not_the_programs_unless_it_is_one() {
        assert!(matches!(images().find(0x6000), AddressKind::System));
        assert!(matches!(images().find(0x9000), AddressKind::System));
        let images = Images { code: code_of(MAPS, "/usr/lib/libc.so.6") };
        let program = images.loaded_at(0x6000);
        assert_eq!(program.map(|image| name_of(&image)), Some("libc.so.6".into()));
    }

    /// The test program has symbols, so its addresses are never offsets in a line.
    #[test]
    fn the_offset_and_build_id_of_this_program_are_those_of_its_file() {
        let address = load_address as *const () as usize;
        let mut images = Images::default();
        assert!(matches!(images.find(address), AddressKind::Own));
        let Some(Loaded::Own(image)) = images.loaded_at(address) else { panic!("not found") };
        let facts = Facts::read(&image);
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
