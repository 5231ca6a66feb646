//! The program's identity, in the terms of both formats.
//!
//! Made once, at set-up; a format only reads it. Every text is bounded on entry, so the configuration can
//! never make a line too long.

use std::path::{Path, PathBuf};

use super::tag::{MAX_SERVICE, MAX_TAG, MAX_TAGS, Tag, first_chars, tag_text, verbatim};
use crate::base::text::{clip, one_line};
use crate::base::url::without_credentials;
use crate::config::Format;

/// The program's identity: service, environment, version, source code, tags.
///
/// Datadog calls these the unified service tags, OpenTelemetry the resource.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    service: Named,
    env: Option<Named>,
    version: Option<Named>,
    git_commit: Option<String>,
    git_repository: Option<String>,
    tags: Vec<Tag>,
    /// Datadog's `ddtags`: the unified tags, then `tags`; and how many there are.
    ddtags: String,
    ddtags_count: usize,
    attributes: Vec<Attribute>,
    /// Bytes of `MAX_BYTES` that are free for attributes.
    attributes_room: usize,
    /// The numbers of tags and attributes without room.
    tags_left_out: u32,
    attributes_left_out: u32,
}

/// A name for each format: as Datadog writes it in tags, and as one line.
#[derive(Debug, Clone)]
struct Named {
    datadog: String,
    otlp: String,
}

impl Named {
    fn new(name: &str, max_chars: usize) -> Self {
        let datadog = first_chars(&tag_text(name), max_chars).to_owned();
        Named { datadog, otlp: one_line(Resource::MAX_NAME, name) }
    }

    fn of(&self, format: Format) -> &str {
        match format {
            Format::Datadog => &self.datadog,
            Format::Otlp => &self.otlp,
        }
    }
}

/// An attribute of OpenTelemetry's resource: key and values, most often one.
pub(crate) type Attribute = (String, Vec<String>);

/// The path of the running program, if known.
pub(crate) fn executable() -> Option<PathBuf> {
    std::env::current_exe().ok().or_else(|| std::env::args_os().next().map(Into::into))
}

impl Resource {
    /// Bytes of `ddtags`, and of the further attributes with the JSON around them.
    pub(crate) const MAX_BYTES: usize = 16_384;

    /// Bytes of the service, the environment and the version, each.
    pub(crate) const MAX_NAME: usize = 1_024;

    /// A program with only a service.
    pub(crate) fn new(service: &str) -> Resource {
        Resource::of(Named::new(service, MAX_SERVICE))
    }

    /// A program without a service, named by its executable.
    ///
    /// * `datadog`: the file's stem (`shop`), as in Datadog's own libraries.
    /// * `otlp`: `unknown_service:shop.exe`, else `unknown_service`, as prescribed in "Service" of
    ///   OpenTelemetry's registry of resource attributes.
    pub(crate) fn of_executable(executable: Option<&Path>) -> Resource {
        let name = |part: Option<&std::ffi::OsStr>| {
            let name = part?.to_string_lossy();
            let name = clip(name.trim(), Resource::MAX_NAME);
            (!name.is_empty()).then(|| name.to_owned())
        };
        let stem = executable.and_then(|path| name(path.file_stem())).unwrap_or_default();
        let file = executable.and_then(|path| name(path.file_name()));
        let otlp =
            file.map_or("unknown_service".to_owned(), |file| format!("unknown_service:{file}"));
        Resource::of(Named { otlp, ..Named::new(&stem, MAX_SERVICE) })
    }

    fn of(mut service: Named) -> Resource {
        if service.datadog.is_empty() {
            service.datadog.push_str("unnamed-rust-service");
        }
        Resource {
            service,
            env: None,
            version: None,
            git_commit: None,
            git_repository: None,
            tags: Vec::new(),
            ddtags: String::new(),
            ddtags_count: 0,
            attributes: Vec::new(),
            attributes_room: Resource::MAX_BYTES,
            tags_left_out: 0,
            attributes_left_out: 0,
        }
    }

    /// Sets the environment (`prod`), also as a tag. Call it before [`Resource::add_tag`], like the next
    /// three: Datadog shows the tags in their order.
    pub(crate) fn with_env(mut self, env: &str) -> Resource {
        let env = Named::new(env, MAX_TAG - "env:".len());
        self.push_unified("env", &env);
        self.env = Some(env);
        self
    }

    /// Sets the version, also as a tag.
    pub(crate) fn with_version(mut self, version: &str) -> Resource {
        let version = Named::new(version, MAX_TAG - "version:".len());
        self.push_unified("version", &version);
        self.version = Some(version);
        self
    }

    /// Sets the commit, by which Datadog finds the source code, also as a tag.
    pub(crate) fn with_git_commit(mut self, sha: &str) -> Resource {
        self.push_ddtag("git.commit.sha", &verbatim(sha));
        self.git_commit = Some(sha.to_owned());
        self
    }

    /// Sets the repository, also as a tag.
    pub(crate) fn with_git_repository(mut self, url: &str) -> Resource {
        let url = without_credentials(url);
        self.push_ddtag("git.repository_url", &verbatim(&url));
        self.git_repository = Some(url);
        self
    }

    /// Adds a tag; returns `false` if there is no room left for it.
    pub(crate) fn add_tag(&mut self, tag: Tag) -> bool {
        let fits = self.push_ddtag(&tag_text(&tag.key), &tag_text(&tag.value));
        if fits {
            self.tags.push(tag);
        } else {
            self.tags_left_out += 1;
        }
        fits
    }

    /// Adds a value of an attribute for `otlp`; returns `false` if there is no room left for it.
    pub(crate) fn add_attribute(&mut self, key: &str, value: &str) -> bool {
        // `{"key":"","value":{"arrayValue":{"values":[{"stringValue":""}]}}},`
        const AROUND: usize = 68;
        let cost = key.len() + value.len() + AROUND;
        let Some(room) = self.attributes_room.checked_sub(cost) else {
            self.attributes_left_out += 1;
            return false;
        };
        self.attributes_room = room;
        let earlier = self.attributes.iter_mut().find(|(earlier, _)| earlier == key);
        match earlier {
            Some((_, values)) => values.push(value.to_owned()),
            None => self.attributes.push((key.to_owned(), vec![value.to_owned()])),
        }
        true
    }

    /// The service as `format` names it; never empty.
    pub(crate) fn service(&self, format: Format) -> &str {
        self.service.of(format)
    }

    pub(crate) fn env(&self, format: Format) -> Option<&str> {
        self.env.as_ref().map(|env| env.of(format)).filter(|env| !env.is_empty())
    }

    pub(crate) fn version(&self, format: Format) -> Option<&str> {
        self.version.as_ref().map(|version| version.of(format)).filter(|it| !it.is_empty())
    }

    pub(crate) fn git_commit(&self) -> Option<&str> {
        self.git_commit.as_deref()
    }

    /// The URL of the repository, without credentials.
    pub(crate) fn git_repository(&self) -> Option<&str> {
        self.git_repository.as_deref()
    }

    /// Tags other than `env`, `version` and git's, in the order of addition.
    pub(crate) fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// All tags as Datadog's `ddtags`: `env:prod,version:1.2.3,team:payments`; empty if there is none.
    pub(crate) fn ddtags(&self) -> &str {
        &self.ddtags
    }

    /// Attributes of the resource other than the service, version, environment, source code and SDK.
    pub(crate) fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The number of tags without room.
    pub(crate) fn tags_left_out(&self) -> u32 {
        self.tags_left_out
    }

    /// The number of attributes without room.
    pub(crate) fn attributes_left_out(&self) -> u32 {
        self.attributes_left_out
    }

    fn push_unified(&mut self, key: &str, name: &Named) {
        if !name.datadog.is_empty() {
            self.push_ddtag(key, &name.datadog);
        }
    }

    /// Appends to `ddtags`, if there is room; cuts a tag that is too long, as Datadog would.
    fn push_ddtag(&mut self, key: &str, value: &str) -> bool {
        if key.is_empty() || self.ddtags_count == MAX_TAGS {
            return false;
        }
        let tag = if value.is_empty() { key.to_owned() } else { format!("{key}:{value}") };
        let tag = first_chars(&tag, MAX_TAG);
        if self.ddtags.len() + ",".len() + tag.len() > Resource::MAX_BYTES {
            return false;
        }
        if !self.ddtags.is_empty() {
            self.ddtags.push(',');
        }
        self.ddtags.push_str(tag);
        self.ddtags_count += 1;
        true
    }
}

/// Short forms for the tests of other modules.
#[cfg(test)]
impl Resource {
    pub(crate) fn with_git(self, sha: &str, url: &str) -> Resource {
        self.with_git_commit(sha).with_git_repository(url)
    }

    pub(crate) fn with_tag(mut self, key: &str, value: &str) -> Resource {
        self.add_tag(Tag { key: key.to_owned(), value: value.to_owned() });
        self
    }

    pub(crate) fn with_attribute(mut self, key: &str, value: &str) -> Resource {
        self.add_attribute(key, value);
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
    fn env_and_version_are_the_same_in_the_tags_and_beside_them_and_as_they_are_in_otlp() {
        let resource = Resource::new("My Shop").with_env("Prod EU").with_version("1,2\n3");
        assert_eq!(resource.ddtags(), "env:prod_eu,version:1_2_3");
        let of = |format| {
            [Some(resource.service(format)), resource.env(format), resource.version(format)]
        };
        assert_eq!(of(Format::Datadog), [Some("my_shop"), Some("prod_eu"), Some("1_2_3")]);
        assert_eq!(of(Format::Otlp), [Some("My Shop"), Some("Prod EU"), Some("1,2 3")]);

        let resource = Resource::new("💥").with_env("💥");
        assert_eq!(resource.service(Format::Datadog), "unnamed-rust-service");
        assert_eq!((resource.ddtags(), resource.env(Format::Datadog)), ("", None));
    }

    #[test]
    fn tags_are_joined_and_separators_in_them_become_underscores() {
        let resource = Resource::new("shop")
            .with_env("prod")
            .with_git("0a1b", "https://me:token@Example.com/a,b.git")
            .with_tag("Team", "a b:c")
            .with_tag("canary", "");
        assert_eq!(
            resource.ddtags(),
            "env:prod,git.commit.sha:0a1b,git.repository_url:https://Example.com/a_b.git,\
             team:a_b:c,canary"
        );
        assert_eq!(resource.git_repository(), Some("https://Example.com/a,b.git"));
        assert_eq!(resource.tags().len(), 2);
    }

    #[test]
    fn tags_and_attributes_that_do_not_fit_are_refused_and_counted() {
        let mut resource = Resource::new("shop").with_env("prod");
        let added =
            (0..10_000).filter(|at| resource.add_attribute(&format!("{at:04}"), "")).count();
        assert_eq!(added, Resource::MAX_BYTES / 72);
        assert_eq!(resource.attributes_left_out() as usize, 10_000 - added);
        let tag = |value: &str| Tag { key: "k".to_owned(), value: value.to_owned() };
        assert_eq!((0..200).filter(|_| resource.add_tag(tag("v"))).count(), MAX_TAGS - 1);
        assert_eq!(resource.tags_left_out(), 101);

        let mut resource = Resource::new("shop");
        assert!(resource.add_tag(tag(&"v".repeat(Resource::MAX_BYTES))));
        assert_eq!(resource.ddtags(), format!("k:{}", "v".repeat(MAX_TAG - 2)));
        // Four bytes a character.
        assert!((0..MAX_TAGS).any(|_| !resource.add_tag(tag(&"𝒳".repeat(MAX_TAG)))));
    }

    #[test]
    fn values_with_the_same_key_are_one_attribute() {
        let resource = Resource::new("shop").with_attribute("a", "1").with_attribute("a", "2");
        assert_eq!(resource.attributes(), [("a".to_owned(), vec!["1".to_owned(), "2".to_owned()])]);
    }
}
