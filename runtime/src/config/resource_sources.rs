//! The sources of the [`Resource`].
//!
//! In: the builder and the environment. Out: service, environment, version, commit and repository, each from
//! its first source with a value, and all further tags and attributes.

use std::collections::BTreeSet;

use super::builder::Builder;
use super::env::{self, Lookup};
use super::lists;
use super::rejected::{Problem, RejectedValue};
use super::resource::{Resource, executable};
use super::tag::{MAX_SERVICE, MAX_TAG, MAX_TAGS, Tag, tag_text};
use crate::base::url::without_credentials;
use crate::config::Format;

/// A property of the resource, and its sources in this order: the setter, the builder's tag and attributes,
/// the variable, the tag in `DD_TAGS`, the other variable, the attributes.
struct Property {
    setter: &'static str,
    variable: &'static str,
    tag: &'static str,
    other_variable: Option<&'static str>,
    attributes: &'static [&'static str],
}

const SERVICE: Property = Property {
    setter: "Builder::service",
    variable: "DD_SERVICE",
    tag: "service",
    other_variable: Some("OTEL_SERVICE_NAME"),
    attributes: &["service.name"],
};
const ENV: Property = Property {
    setter: "Builder::env",
    variable: "DD_ENV",
    tag: "env",
    other_variable: None,
    // The second is the name before version 1.27 of the conventions.
    attributes: &["deployment.environment.name", "deployment.environment"],
};
const VERSION: Property = Property {
    setter: "Builder::version",
    variable: "DD_VERSION",
    tag: "version",
    other_variable: None,
    attributes: &["service.version"],
};
const GIT_COMMIT: Property = Property {
    setter: "Builder::git_commit_sha",
    variable: "DD_GIT_COMMIT_SHA",
    tag: "git.commit.sha",
    other_variable: None,
    attributes: &["vcs.ref.head.revision"],
};
const GIT_REPOSITORY: Property = Property {
    setter: "Builder::git_repository_url",
    variable: "DD_GIT_REPOSITORY_URL",
    tag: "git.repository_url",
    other_variable: None,
    attributes: &["vcs.repository.url.full"],
};

/// The value of a property, and the setting that it is from.
struct Found {
    origin: &'static str,
    value: String,
}

impl Property {
    /// The problem of a value that Datadog would cut.
    fn cut(&self, found: Found) -> Option<RejectedValue> {
        let most = match self.tag {
            "service" => MAX_SERVICE,
            tag => MAX_TAG - tag.len() - ":".len(),
        };
        let Found { origin, value } = found;
        let problem = "is longer than Datadog keeps";
        let accepted = format!("at most {most} characters");
        (tag_text(&value).chars().count() > most).then(|| {
            let problem = Problem::new(origin, &value, problem, accepted);
            problem.using(format!("its first {most} characters"))
        })
    }
}

/// Keys with their own field in a line; the other tags and attributes omit them.
const OWN_TAGS: [&str; 5] = [SERVICE.tag, ENV.tag, VERSION.tag, GIT_COMMIT.tag, GIT_REPOSITORY.tag];
const OWN_ATTRIBUTES: [&str; 8] = [
    "service.name",
    "service.version",
    "deployment.environment.name",
    "vcs.ref.head.revision",
    "vcs.repository.url.full",
    "telemetry.sdk.name",
    "telemetry.sdk.language",
    "telemetry.sdk.version",
];

/// The resource, and every unusable value.
pub(super) fn resource(
    builder: &Builder,
    format: Format,
    lookup: Lookup<'_>,
    rejected: &mut Vec<RejectedValue>,
) -> Resource {
    let sources = Sources::read(builder, lookup, rejected);
    let mut reject = |problems: Vec<Problem>, used: &str| {
        rejected.extend(problems.into_iter().map(|problem| problem.using(used)));
    };
    let (service, problems) = sources.find(&SERVICE, builder.service.as_deref());
    let mut resource = match &service {
        Some(service) => Resource::new(&service.value),
        None => Resource::of_executable(executable().as_deref()),
    };
    reject(problems, resource.service(format));
    let mut found = vec![(&SERVICE, service)];

    for (property, built, add) in [
        (&ENV, &builder.env, Resource::with_env as fn(Resource, &str) -> Resource),
        (&VERSION, &builder.version, Resource::with_version),
        (&GIT_COMMIT, &builder.git_commit_sha, Resource::with_git_commit),
        (&GIT_REPOSITORY, &builder.git_repository_url, Resource::with_git_repository),
    ] {
        let (value, problems) = sources.find(property, built.as_deref());
        let used = value.as_ref().map_or("none", |found| &found.value);
        reject(problems, &without_credentials(used));
        if let Some(found) = &value {
            resource = add(resource, &found.value);
        }
        found.push((property, value));
    }
    if format == Format::Datadog {
        let cut = found.into_iter().filter_map(|(property, found)| property.cut(found?));
        rejected.extend(cut);
    }
    sources.add_the_rest(&mut resource, format, rejected);
    resource
}

/// Tags and attributes of one source.
#[derive(Default)]
struct Lists {
    tags: Vec<Tag>,
    attributes: Vec<(String, String)>,
}

impl Lists {
    fn tag(&self, key: &str) -> Option<&str> {
        let tag = self.tags.iter().find(|tag| tag.key == key && !tag.value.is_empty())?;
        Some(&tag.value)
    }

    fn attribute(&self, key: &str) -> Option<&str> {
        let has_value =
            |(known, value): &&(String, String)| known == key && !value.trim().is_empty();
        self.attributes.iter().find(has_value).map(|(_, value)| value.as_str())
    }

    /// The builder's tags and attributes.
    fn of_builder(builder: &Builder, rejected: &mut Vec<RejectedValue>) -> Self {
        let mut lists = Lists::default();
        let mut has_key = |setter, key: &str, others| {
            if key.trim().is_empty() {
                rejected.push(Problem::new(setter, key, "is no key", "a key").using(others));
            }
            !key.trim().is_empty()
        };
        for Tag { key, value } in &builder.tags {
            if has_key("Builder::tag", key, "the other tags") {
                let (key, value) = (key.trim().to_owned(), value.trim().to_owned());
                lists.tags.push(Tag { key, value });
            }
        }
        for (key, value) in &builder.resource_attributes {
            if has_key("Builder::resource_attribute", key, "the other attributes") {
                lists.attributes.retain(|(earlier, _)| earlier != key);
                lists.attributes.push((key.clone(), value.clone()));
            }
        }
        lists
    }

    /// The tags of `DD_TAGS` and the attributes of `OTEL_RESOURCE_ATTRIBUTES`.
    fn of_environment(lookup: Lookup<'_>, rejected: &mut Vec<RejectedValue>) -> Self {
        let tags = lists::tags(lookup, "DD_TAGS").unwrap_or_else(|problem| {
            rejected.push(problem.using("no tags"));
            None
        });
        let (tags, without_key) = tags.unwrap_or_default();
        if without_key > 0 {
            let problem = format!("lacks a key in {without_key} of its entries");
            let accepted = "key1:value1,key2:value2 or key1:value1 key2:value2";
            let problem = Problem::new("DD_TAGS", "", problem, accepted);
            rejected.push(problem.using("the other entries"));
        }
        let attributes = lists::resource_attributes(lookup, "OTEL_RESOURCE_ATTRIBUTES");
        let attributes = attributes.unwrap_or_else(|problem| {
            rejected.push(problem.using("no attributes"));
            None
        });
        Lists { tags, attributes: attributes.unwrap_or_default() }
    }
}

struct Sources<'a> {
    lookup: Lookup<'a>,
    built: Lists,
    /// Without the builder's keys.
    found: Lists,
}

impl<'a> Sources<'a> {
    fn read(builder: &Builder, lookup: Lookup<'a>, rejected: &mut Vec<RejectedValue>) -> Self {
        let built = Lists::of_builder(builder, rejected);
        let mut found = Lists::of_environment(lookup, rejected);
        found.tags.retain(|tag| built.tags.iter().all(|known| known.key != tag.key));
        // "Resource SDK", section "Merge": the program overrides this variable.
        found.attributes.retain(|(key, _)| built.attributes.iter().all(|(known, _)| known != key));
        Sources { lookup, built, found }
    }

    /// The value of a property, and the problems of its sources. Reads all sources, also those after the
    /// first value, so that it always reports a wrong value.
    fn find(&self, property: &Property, built: Option<&str>) -> (Option<Found>, Vec<Problem>) {
        let found =
            |origin, name: Result<String, Problem>| name.map(|value| Found { origin, value });
        let variable = |name| Some(found(name, env::name(self.lookup, name).transpose()?));
        let short = |origin, value: &str| found(origin, env::short_name(origin, value));
        let tag = |lists: &Lists| Some(short("DD_TAGS", lists.tag(property.tag)?));
        let attribute = |lists: &Lists| {
            let value = property.attributes.iter().find_map(|key| lists.attribute(key))?;
            Some(short("OTEL_RESOURCE_ATTRIBUTES", value))
        };
        let sources = [
            built.map(|value| short(property.setter, value)),
            tag(&self.built),
            attribute(&self.built),
            variable(property.variable),
            tag(&self.found),
            property.other_variable.and_then(variable),
            attribute(&self.found),
        ];
        let (mut found, mut problems) = (None, Vec::new());
        for source in sources.into_iter().flatten() {
            match source {
                Ok(value) => found = found.or(Some(value)),
                Err(problem) => problems.push(problem),
            }
        }
        (found, problems)
    }

    /// Adds the further tags and attributes, as far as there is room. For `otlp` tags are attributes too.
    fn add_the_rest(
        self,
        resource: &mut Resource,
        format: Format,
        rejected: &mut Vec<RejectedValue>,
    ) {
        let mut reject = |name, problem, accepted: String, used| {
            rejected.push(Problem::new(name, "", problem, accepted).using(used));
        };
        let is_further = |tag: &&Tag| !OWN_TAGS.contains(&&*tag.key);
        let [built_tags, found_tags] =
            [&self.built.tags, &self.found.tags].map(|tags| tags.iter().filter(is_further));
        if format == Format::Datadog {
            let (mut refused, mut long) = (0, 0);
            for tag in built_tags.chain(found_tags) {
                if !resource.add_tag(tag.clone()) {
                    refused += 1;
                } else if tag.is_long() {
                    long += 1;
                }
            }
            if refused > 0 {
                let problem = format!("leaves no room for {refused} of its entries");
                let most = Resource::MAX_BYTES;
                let accepted = format!("at most {MAX_TAGS} tags and {most} bytes in all");
                reject("DD_TAGS", problem, accepted, "the others".to_owned());
            }
            if long > 0 {
                let problem = format!("is longer than Datadog keeps in {long} of its entries");
                let accepted = format!("at most {MAX_TAG} characters each");
                reject("DD_TAGS", problem, accepted, format!("their first {MAX_TAG} characters"));
            }
            return;
        }

        let tag = |tag: &'_ Tag| (tag.key.clone(), tag.value.clone());
        let [built, found] = [self.built.attributes, self.found.attributes].map(Vec::into_iter);
        let by_source: [(&str, Vec<(String, String)>); 4] = [
            ("OTEL_RESOURCE_ATTRIBUTES", built.collect()),
            ("DD_TAGS", built_tags.map(tag).collect()),
            ("DD_TAGS", found_tags.map(tag).collect()),
            ("OTEL_RESOURCE_ATTRIBUTES", found.collect()),
        ];
        for (name, entries) in by_source {
            // A key of an earlier source overrides it here.
            let earlier: BTreeSet<_> =
                resource.attributes().iter().map(|(key, _)| key.clone()).collect();
            let further = entries
                .iter()
                .filter(|(key, _)| !OWN_ATTRIBUTES.contains(&&**key) && !earlier.contains(key));
            let refused = further.filter(|(key, value)| !resource.add_attribute(key, value));
            let refused = refused.count();
            if refused > 0 {
                let problem = format!("leaves no room for {refused} of its entries");
                let accepted = format!("at most {} bytes in all", Resource::MAX_BYTES);
                reject(name, problem, accepted, "the others".to_owned());
            }
        }
    }
}
