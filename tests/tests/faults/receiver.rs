//! Receivers of lines that misbehave.

use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

/// What a receiver does with its connections.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Behaviour {
    /// Reads all, so many bytes at a time.
    Reads(usize),
    /// Reads nothing before its end.
    ReadsNothing,
    /// Reads so many bytes, and then resets the connection: so many times. Then it reads all.
    Resets { bytes: u64, times: usize },
}

/// An address at which nothing listens yet.
#[derive(Debug)]
pub(crate) enum Address {
    /// A socket that is bound, so that no other program gets the port.
    Tcp(OwnedFd, u16),
    Unix(PathBuf),
}

fn checked(result: libc::c_int) -> libc::c_int {
    assert!(result >= 0, "{}", io::Error::last_os_error());
    result
}

impl Address {
    pub(crate) fn tcp() -> Self {
        // SAFETY: the calls have valid addresses and a descriptor that is ours.
        unsafe {
            let socket =
                checked(libc::socket(libc::AF_INET, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0));
            let socket = OwnedFd::from_raw_fd(socket);
            let mut address: libc::sockaddr_in = std::mem::zeroed();
            address.sin_family = libc::AF_INET as libc::sa_family_t;
            address.sin_addr.s_addr = u32::from_ne_bytes([127, 0, 0, 1]);
            let length = size_of_val(&address) as libc::socklen_t;
            checked(libc::bind(socket.as_raw_fd(), (&raw const address).cast(), length));
            // What waits in the receiver's system is little.
            set_option(&socket, libc::SO_RCVBUF, &16_384);
            let socket = TcpListener::from(socket);
            let port = socket.local_addr().expect("it is bound").port();
            Address::Tcp(socket.into(), port)
        }
    }

    pub(crate) fn unix(folder: &Path) -> Self {
        // A path of a socket may have 107 bytes: relative to where the program runs, it is short.
        Address::Unix(folder.join("receiver"))
    }

    /// The setting of the output.
    pub(crate) fn output(&self) -> String {
        match self {
            Address::Tcp(_, port) => format!("tcp://127.0.0.1:{port}"),
            Address::Unix(path) => format!("unix://{}", path.display()),
        }
    }

    /// The setting of the output, where a socket is at which nothing listens.
    pub(crate) fn refusing(&self) -> String {
        if let Address::Unix(path) = self {
            drop(UnixListener::bind(path).expect("the path is free"));
        }
        self.output()
    }

    pub(crate) fn listen(self, behaviour: Behaviour) -> Receiver {
        let (listener, wake) = match self {
            Address::Tcp(socket, port) => {
                // SAFETY: the descriptor is ours.
                checked(unsafe { libc::listen(socket.as_raw_fd(), 128) });
                let address = SocketAddr::from(([127, 0, 0, 1], port));
                (Listener::Tcp(TcpListener::from(socket)), Wake::Tcp(address))
            }
            Address::Unix(path) => {
                let listener = UnixListener::bind(&path).expect("the path is free");
                (Listener::Unix(listener), Wake::Unix(path))
            }
        };
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let thread = thread::spawn(move || receive(&listener, behaviour, &over));
        Receiver { thread, wake, is_over }
    }
}

fn set_option<T>(socket: &impl std::os::fd::AsRawFd, option: libc::c_int, value: &T) {
    let length = size_of::<T>() as libc::socklen_t;
    // SAFETY: the descriptor is open while it is borrowed, and the call reads one `T`.
    let result = unsafe {
        let value = std::ptr::from_ref(value).cast();
        libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, option, value, length)
    };
    checked(result);
}

enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// A connection tells the receiver's thread to end.
enum Wake {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

enum Connection {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Listener {
    fn accept(&self) -> Connection {
        match self {
            Listener::Tcp(listener) => Connection::Tcp(listener.accept().expect("it listens").0),
            Listener::Unix(listener) => Connection::Unix(listener.accept().expect("it listens").0),
        }
    }
}

impl Connection {
    fn as_read(&mut self) -> &mut dyn Read {
        match self {
            Connection::Tcp(stream) => stream,
            Connection::Unix(stream) => stream,
        }
    }

    /// Reads to the end, so many bytes at a time.
    fn read_to_end(&mut self, at_once: usize) -> Vec<u8> {
        let mut text = Vec::new();
        let mut part = vec![0; at_once];
        while let Ok(length @ 1..) = self.as_read().read(&mut part) {
            text.extend_from_slice(&part[..length]);
        }
        text
    }

    /// Reads so many bytes, and throws away what comes after them.
    fn reset_after(mut self, bytes: u64) -> Vec<u8> {
        let mut text = Vec::new();
        let read = self.as_read().take(bytes).read_to_end(&mut text);
        read.expect("the program does not reset it");
        if let Connection::Tcp(stream) = &self {
            let at_once = libc::linger { l_onoff: 1, l_linger: 0 };
            set_option(stream, libc::SO_LINGER, &at_once);
        }
        text
    }
}

/// All connections, until the one that ends it.
fn receive(listener: &Listener, behaviour: Behaviour, is_over: &AtomicBool) -> Vec<Vec<u8>> {
    let mut texts = Vec::new();
    let mut unread = Vec::new();
    loop {
        let mut connection = listener.accept();
        if is_over.load(Ordering::SeqCst) {
            break;
        }
        match behaviour {
            Behaviour::Resets { bytes, times } if texts.len() < times => {
                texts.push(connection.reset_after(bytes));
            }
            Behaviour::Reads(at_once) => texts.push(connection.read_to_end(at_once)),
            Behaviour::Resets { .. } => texts.push(connection.read_to_end(65_536)),
            Behaviour::ReadsNothing => unread.push(connection),
        }
    }
    texts.extend(unread.into_iter().map(|mut connection| connection.read_to_end(65_536)));
    texts
}

/// A receiver, on a thread.
pub(crate) struct Receiver {
    thread: JoinHandle<Vec<Vec<u8>>>,
    wake: Wake,
    is_over: Arc<AtomicBool>,
}

impl Receiver {
    /// What each connection has received. Called when the program has ended.
    pub(crate) fn texts(self) -> Vec<Vec<u8>> {
        self.is_over.store(true, Ordering::SeqCst);
        match self.wake {
            Wake::Tcp(address) => drop(TcpStream::connect(address).expect("it listens")),
            Wake::Unix(path) => drop(UnixStream::connect(path).expect("it listens")),
        }
        self.thread.join().expect("no panic")
    }
}
