//! Addresses of receivers: `tcp://host:port`, `unix:///path`.

use std::borrow::Cow;

use super::Output;

/// The output of an address, or what is wrong with it (continues "the text …").
pub(super) fn parse(scheme: &str, rest: &str) -> Result<Output, Cow<'static, str>> {
    match &*scheme.to_ascii_lowercase() {
        known @ ("tcp" | "unix") => of_scheme(known, rest),
        other => Err(format!("has the unknown scheme {other}").into()),
    }
}

#[cfg(not(feature = "net"))]
fn of_scheme(_: &str, _: &str) -> Result<Output, Cow<'static, str>> {
    Err("needs the feature net of track_errors, which is not built in".into())
}

#[cfg(feature = "net")]
fn of_scheme(scheme: &str, rest: &str) -> Result<Output, Cow<'static, str>> {
    match scheme {
        "tcp" => tcp(rest),
        _ => unix(rest),
    }
}

#[cfg(feature = "net")]
fn tcp(rest: &str) -> Result<Output, Cow<'static, str>> {
    // One slash at the end does no harm.
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    if authority.contains('@') {
        return Err("has a user name, which no receiver of lines takes".into());
    }
    if authority.contains(['/', '?', '#']) {
        return Err("has more than a host and a port".into());
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(bracketed) => {
            let (host, after) = bracketed.split_once(']').ok_or("lacks a closing bracket")?;
            if host.parse::<std::net::Ipv6Addr>().is_err() {
                return Err("has no IPv6 address in its brackets".into());
            }
            (host, after.strip_prefix(':'))
        }
        None if authority.matches(':').count() > 1 => {
            return Err(
                "has several colons: an IPv6 address needs brackets, as in tcp://[::1]:5140".into(),
            );
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    if host.is_empty() {
        return Err("lacks a host".into());
    }
    if host.contains(char::is_whitespace) {
        return Err("has white space in its host".into());
    }
    let port =
        port.filter(|port| !port.is_empty()).ok_or("lacks a port, as in tcp://localhost:5140")?;
    // `parse` takes a sign.
    let number = port.bytes().all(|byte| byte.is_ascii_digit()).then(|| port.parse::<u16>().ok());
    match number.flatten() {
        Some(port) if port > 0 => Ok(Output::Tcp { host: host.to_owned(), port }),
        _ => Err("has a port that is no number from 1 to 65535".into()),
    }
}

#[cfg(all(feature = "net", unix))]
fn unix(path: &str) -> Result<Output, Cow<'static, str>> {
    /// What `sockaddr_un` of Linux holds, without the NUL at its end.
    const MAX_PATH: usize = 107;
    if !path.starts_with('/') {
        return Err("has no absolute path, as in unix:///run/errors.sock".into());
    }
    if path.len() > MAX_PATH {
        return Err(format!("has a path of more than {MAX_PATH} bytes, which no socket can").into());
    }
    Ok(Output::Unix(path.into()))
}

#[cfg(all(feature = "net", not(unix)))]
fn unix(_: &str) -> Result<Output, Cow<'static, str>> {
    Err("is a Unix socket, and this system is no Unix".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        text.parse::<Output>().unwrap_err().problem
    }

    #[test]
    fn an_unknown_scheme_is_an_error() {
        for scheme in ["udp", "tpc", "https"] {
            let problem = problem(&format!("{}://localhost:1", scheme.to_uppercase()));
            assert_eq!(problem, format!("has the unknown scheme {scheme}"));
        }
    }

    #[cfg(not(feature = "net"))]
    #[test]
    fn an_address_names_the_feature_that_is_not_built_in() {
        let error = "tcp://localhost:1".parse::<Output>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"tcp://localhost:1\" needs the feature net of track_errors, which is not built in, \
             expected stdout, stderr, test, none or the path of a file, such as ./errors.jsonl"
        );
    }

    #[cfg(feature = "net")]
    #[test]
    fn an_address_has_a_host_and_a_port_and_is_written_as_it_was_read() {
        for (text, host, port) in [
            ("tcp://localhost:5140", "localhost", 5140),
            ("tcp://127.0.0.1:1", "127.0.0.1", 1),
            ("tcp://[::1]:65535", "::1", 65535),
        ] {
            let output: Output = text.parse().unwrap();
            assert_eq!(output, Output::Tcp { host: host.to_owned(), port });
            assert_eq!(output.to_string(), text);
        }
        let same: Output = " TCP://localhost:5140/ ".parse().unwrap();
        assert_eq!(same.to_string(), "tcp://localhost:5140");
    }

    #[cfg(feature = "net")]
    #[test]
    fn an_address_that_cannot_be_used_is_an_error_that_says_what_is_wrong() {
        for (text, expected) in [
            ("tcp://localhost", "lacks a port, as in tcp://localhost:5140"),
            ("tcp://localhost:", "lacks a port, as in tcp://localhost:5140"),
            ("tcp://[::1]", "lacks a port, as in tcp://localhost:5140"),
            ("tcp://:5140", "lacks a host"),
            ("tcp://", "lacks a host"),
            ("tcp://a b:1", "has white space in its host"),
            ("tcp://localhost:0", "has a port that is no number from 1 to 65535"),
            ("tcp://localhost:+1", "has a port that is no number from 1 to 65535"),
            ("tcp://localhost:65536", "has a port that is no number from 1 to 65535"),
            ("tcp://localhost:http", "has a port that is no number from 1 to 65535"),
            ("tcp://[::1:5140", "lacks a closing bracket"),
            ("tcp://[localhost]:1", "has no IPv6 address in its brackets"),
            ("tcp://[::1]x:1", "lacks a port, as in tcp://localhost:5140"),
            ("tcp://me@localhost:1", "has a user name, which no receiver of lines takes"),
            ("tcp://localhost:1/logs", "has more than a host and a port"),
        ] {
            assert_eq!(problem(text), expected, "{text}");
        }
        assert!(problem("tcp://::1:5140").contains("tcp://[::1]:5140"));
    }

    #[cfg(all(feature = "net", unix))]
    #[test]
    fn a_unix_socket_has_an_absolute_path_that_fits_into_an_address() {
        let output: Output = "unix:///run/errors.sock".parse().unwrap();
        assert_eq!(output, Output::Unix("/run/errors.sock".into()));
        assert_eq!(output.to_string(), "unix:///run/errors.sock");
        assert!(problem("unix://run/errors.sock").starts_with("has no absolute path"));
        assert!(problem("unix://").starts_with("has no absolute path"));
        assert!(problem(&format!("unix:///{}", "x".repeat(107))).contains("more than 107 bytes"));
    }
}
