//! The program's identity, in the terms of both formats.
//!
//! Made once, at set-up; a format only reads it. Every text is bounded on entry, so the configuration can
//! never make a line too long.

use std::path::{Path, PathBuf};

use crate::base::text::clip;
use crate::base::url::without_credentials;
use crate::config::Format;

/// The program's identity: service, environment, version, tags.
///
/// Datadog calls these the unified service tags, OpenTelemetry the resource.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    /// The name of the service, for each format.
    datadog_service: String,
    otlp_service: String,
    env: Option<String>,
    version: Option<String>,
    tags: Vec<Tag>,
    /// Datadog's `ddtags`: the unified tags, then `tags`.
    ddtags: String,
    attributes: Vec<Attribute>,
    /// Bytes of `MAX_BYTES` that are free for attributes.
    attributes_room: usize,
    /// The numbers of tags and attributes without room.
    tags_left_out: u32,
    attributes_left_out: u32,
}

/// One tag: a key with a value, or a word alone (then the value is empty).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) key: String,
    pub(crate) value: String,
}

/// An attribute of OpenTelemetry's resource: key and value.
pub(crate) type Attribute = (String, String);

/// The path of the running program, if known.
pub(crate) fn executable() -> Option<PathBuf> {
    std::env::current_exe().ok().or_else(|| std::env::args_os().next().map(Into::into))
}

impl Resource {
    /// Bytes of `ddtags`, and of the further attributes with the JSON around them.
    pub(crate) const MAX_BYTES: usize = 16_384;

    /// Bytes of the service, the environment and the version, each. (Datadog itself keeps 100
    /// characters of a service and 200 of a tag.)
    pub(crate) const MAX_NAME: usize = 1_024;

    /// A program with only a service.
    pub(crate) fn new(service: &str) -> Resource {
        let service = clip(service, Resource::MAX_NAME);
        Resource::of(service.to_owned(), service.to_owned())
    }

    /// A program without a service, named by its executable.
    ///
    /// * `datadog`: the file's stem (`shop`), as in Datadog's own libraries; `unnamed-rust-service` if the
    ///   executable is not known.
    /// * `otlp`: `unknown_service:shop.exe`, else `unknown_service`, as prescribed in "Service" of
    ///   OpenTelemetry's registry of resource attributes.
    pub(crate) fn of_executable(executable: Option<&Path>) -> Resource {
        let name = |part: Option<&std::ffi::OsStr>| {
            let name = part?.to_string_lossy();
            let name = clip(name.trim(), Resource::MAX_NAME);
            (!name.is_empty()).then(|| name.to_owned())
        };
        let stem = executable.and_then(|path| name(path.file_stem()));
        let file = executable.and_then(|path| name(path.file_name()));
        Resource::of(
            stem.unwrap_or_else(|| "unnamed-rust-service".to_owned()),
            file.map_or("unknown_service".to_owned(), |file| format!("unknown_service:{file}")),
        )
    }

    fn of(datadog_service: String, otlp_service: String) -> Resource {
        Resource {
            datadog_service,
            otlp_service,
            env: None,
            version: None,
            tags: Vec::new(),
            ddtags: String::new(),
            attributes: Vec::new(),
            attributes_room: Resource::MAX_BYTES,
            tags_left_out: 0,
            attributes_left_out: 0,
        }
    }

    /// Sets the environment (`prod`), also as a tag. Call it before [`Resource::add_tag`], like the next
    /// two: Datadog shows the tags in their order.
    pub(crate) fn with_env(mut self, env: &str) -> Resource {
        let env = clip(env, Resource::MAX_NAME);
        self.push_ddtag("env", env);
        self.env = Some(env.to_owned());
        self
    }

    /// Sets the version, also as a tag.
    pub(crate) fn with_version(mut self, version: &str) -> Resource {
        let version = clip(version, Resource::MAX_NAME);
        self.push_ddtag("version", version);
        self.version = Some(version.to_owned());
        self
    }

    /// Sets a tag that Datadog uses to find the source code: `git.commit.sha` or `git.repository_url`.
    pub(crate) fn with_git_tag(mut self, key: &str, value: &str) -> Resource {
        self.push_ddtag(key, &without_credentials(value));
        self
    }

    /// Adds a tag; returns `false` if there is no room left for it.
    pub(crate) fn add_tag(&mut self, tag: Tag) -> bool {
        let fits = self.push_ddtag(&tag.key, &tag.value);
        if fits {
            self.tags.push(tag);
        } else {
            self.tags_left_out += 1;
        }
        fits
    }

    /// Adds an attribute for `otlp`; returns `false` if there is no room left for it.
    pub(crate) fn add_attribute(&mut self, (key, value): Attribute) -> bool {
        // `{"key":"","value":{"stringValue":""}},`
        const AROUND: usize = 40;
        let cost = key.len() + value.len() + AROUND;
        let Some(room) = self.attributes_room.checked_sub(cost) else {
            self.attributes_left_out += 1;
            return false;
        };
        self.attributes_room = room;
        self.attributes.push((key, value));
        true
    }

    /// The service as `format` names it; never empty.
    pub(crate) fn service(&self, format: Format) -> &str {
        match format {
            Format::Datadog => &self.datadog_service,
            Format::Otlp => &self.otlp_service,
        }
    }

    pub(crate) fn env(&self) -> Option<&str> {
        self.env.as_deref()
    }

    pub(crate) fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Tags other than `env`, `version` and git's, in the order of addition.
    pub(crate) fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// All tags as Datadog's `ddtags`: `env:prod,version:1.2.3,team:payments`; empty if there is none.
    pub(crate) fn ddtags(&self) -> &str {
        &self.ddtags
    }

    /// Attributes of the resource other than the service, version, environment and SDK.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The number of tags without room.
    pub(crate) fn tags_left_out(&self) -> u32 {
        self.tags_left_out
    }

    /// The number of attributes without room.
    pub(crate) fn attributes_left_out(&self) -> u32 {
        self.attributes_left_out
    }

    /// Appends to `ddtags`, if there is room.
    fn push_ddtag(&mut self, key: &str, value: &str) -> bool {
        if self.ddtags.len() + ",:".len() + key.len() + value.len() > Resource::MAX_BYTES {
            return false;
        }
        if !self.ddtags.is_empty() {
            self.ddtags.push(',');
        }
        push_tag_text(&mut self.ddtags, key);
        if !value.is_empty() {
            self.ddtags.push(':');
            push_tag_text(&mut self.ddtags, value);
        }
        true
    }
}

/// Appends a part of a tag. Commas separate the list, and a tag has no white space. Datadog replaces
/// characters that it does not allow by underscores ("Getting Started with Tags", section "Define tags"); a
/// comma must be replaced before the list is joined.
fn push_tag_text(out: &mut String, text: &str) {
    // None of these characters is shorter than the underscore, so the bound still holds.
    out.extend(text.chars().map(|char| match char {
        ',' => '_',
        char if char.is_whitespace() || char.is_control() => '_',
        char => char,
    }));
}

/// Short forms for the tests of other modules.
#[cfg(test)]
impl Resource {
    pub(crate) fn with_git(self, sha: &str, url: &str) -> Resource {
        self.with_git_tag("git.commit.sha", sha).with_git_tag("git.repository_url", url)
    }

    pub(crate) fn with_tag(mut self, key: &str, value: &str) -> Resource {
        self.add_tag(Tag { key: key.to_owned(), value: value.to_owned() });
        self
    }

    pub(crate) fn with_attribute(mut self, key: &str, value: &str) -> Resource {
        self.add_attribute((key.to_owned(), value.to_owned()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_without_a_service_has_the_name_that_each_format_prescribes() {
        let resource = Resource::of_executable(Some(Path::new("/opt/shop.exe")));
        assert_eq!(resource.service(Format::Datadog), "shop");
        assert_eq!(resource.service(Format::Otlp), "unknown_service:shop.exe");
        for unknown in [None, Some(Path::new("/")), Some(Path::new(""))] {
            let resource = Resource::of_executable(unknown);
            assert_eq!(resource.service(Format::Datadog), "unnamed-rust-service");
            assert_eq!(resource.service(Format::Otlp), "unknown_service");
        }
    }

    #[test]
    fn tags_are_joined_and_separators_in_them_become_underscores() {
        let resource = Resource::new("shop")
            .with_env("prod")
            .with_version("1,2\n3")
            .with_git("0a1b", "https://me:token@example.com/a.git")
            .with_tag("team", "a b:c")
            .with_tag("canary", "");
        assert_eq!(
            resource.ddtags(),
            "env:prod,version:1_2_3,git.commit.sha:0a1b,\
             git.repository_url:https://example.com/a.git,team:a_b:c,canary"
        );
        assert_eq!(resource.version(), Some("1,2\n3"));
        assert_eq!(resource.tags().len(), 2);
    }

    #[test]
    fn tags_and_attributes_that_do_not_fit_are_refused() {
        let mut resource = Resource::new("shop");
        let added =
            (0..10_000).filter(|_| resource.add_attribute(("k".to_owned(), String::new()))).count();
        assert_eq!(added, Resource::MAX_BYTES / 41);
        let tag = |value: &str| Tag { key: "k".to_owned(), value: value.to_owned() };
        assert!(!resource.add_tag(tag(&"v".repeat(Resource::MAX_BYTES))));
        assert!(resource.add_tag(tag("v")));
        assert_eq!(resource.ddtags(), "k:v");
    }
}
