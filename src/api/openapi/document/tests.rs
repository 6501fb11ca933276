//! The document as it is served, held against the routes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::*;
use crate::api::{described, routes};

/// Addresses by which faces tell in their own words that nothing is there.
const NOTHING_THERE: [&str; 15] = [
    "/integration/external",
    "/integration/external/",
    "/integration/external/{*path}",
    "/mogambo_api",
    "/mogambo_api/",
    "/mogambo_api/{*path}",
    "/via/v2",
    "/via/v2/",
    "/via/v2/{*path}",
    "/via/v3",
    "/via/v3/",
    "/via/v3/{*path}",
    "/xms",
    "/xms/",
    "/xms/{*path}",
];

/// Paths with the methods that each has.
type Methods = BTreeMap<String, BTreeSet<String>>;

/// The router's own list of routes. It shows it to `Debug` only: what each route allows, and its path, under the
/// route's number.
fn routed() -> Methods {
    let shown = format!("{:?}", routes());
    let (mut allowed, mut paths) = (HashMap::new(), HashMap::new());
    // What follows is the router of the addresses where nothing is.
    let (own, _) = shown.split_once("fallback_router").expect("a router shows both");
    for entry in own.split("RouteId(").skip(1) {
        let (number, rest) = entry.split_once("): ").expect("a route has a number");
        if let Some(path) = rest.strip_prefix('"') {
            paths.insert(number, path.split('"').next().unwrap());
        } else {
            let (_, methods) = rest.split_once("allow_header: ").expect("a route tells what it allows");
            let list = methods.strip_prefix("Bytes(b\"").and_then(|list| list.split('"').next());
            allowed.insert(number, list.unwrap_or_default());
        }
    }
    assert_eq!(allowed.len(), paths.len(), "{shown}");
    let methods_of = |number| allowed[number].split(',').map(str::to_ascii_lowercase);
    let routes = paths.iter().filter(|(_, path)| !NOTHING_THERE.contains(path));
    // A HEAD is a GET of which the body is not sent.
    routes
        .map(|(number, path)| (path.to_string(), methods_of(number).filter(|one| one != "head").collect()))
        .collect()
}

fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap();
            methods.iter().map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        })
        .collect()
}

#[test]
fn every_route_is_described_and_every_description_has_its_route() {
    let document = document(described());
    let mut methods = Methods::new();
    for (path, method, _) in operations(&document) {
        methods.entry(path.to_owned()).or_default().insert(method.to_owned());
    }
    let routed = routed();
    assert!(routed.len() > 50, "{routed:?}");
    assert_eq!(methods, routed);
}

#[test]
fn no_call_is_described_twice() {
    let groups = described();
    let calls: usize = groups.iter().map(|group| group.calls.len()).sum();
    let document = document(groups);
    assert_eq!(operations(&document).len(), calls);
    let ids: BTreeSet<_> =
        operations(&document).iter().map(|(_, _, call)| call["operationId"].to_string()).collect();
    assert_eq!(ids.len(), calls, "{ids:?}");
}

#[test]
fn a_schema_of_one_name_is_one_schema() {
    let mut known = HashMap::new();
    for (name, schema) in described().into_iter().flat_map(|group| group.schemas) {
        let present = known.entry(name).or_insert_with(|| schema.clone());
        assert_eq!(*present, schema, "{name}");
    }
}

#[test]
fn the_parameters_of_a_path_are_described_in_its_order() {
    let document = document(described());
    for (path, method, call) in operations(&document) {
        let in_path = path.split('{').skip(1).map(|part| part.split('}').next().unwrap());
        let parameters = call["parameters"].as_array().into_iter().flatten();
        let described = parameters.filter(|one| one["in"] == "path").map(|one| one["name"].as_str().unwrap());
        assert!(in_path.eq(described), "{method} {path}");
    }
}

#[test]
fn every_reference_leads_to_a_schema_and_every_schema_is_referred_to() {
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let document = document(described());
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let known: BTreeSet<_> = schemas.keys().map(|name| format!("#/components/schemas/{name}")).collect();
    assert_eq!(found, known);
}

#[test]
fn every_call_that_is_opened_by_something_says_what_is_told_without_it() {
    let document = document(described());
    for (path, method, call) in operations(&document) {
        let ways = call["security"].as_array().unwrap();
        let is_open = ways.is_empty() || ways.iter().any(|way| way == &json!({}));
        let schemes = document["components"]["securitySchemes"].as_object().unwrap();
        for scheme in ways.iter().flat_map(|way| way.as_object().unwrap().keys()) {
            assert!(schemes.contains_key(scheme), "{method} {path}: {scheme}");
        }
        assert!(is_open || call["responses"].get("401").is_some(), "{method} {path}");
    }
}

#[test]
fn a_code_is_told_with_what_it_means() {
    let document = document(described());
    let created = &document["paths"]["/api/v1/hubs"]["post"]["responses"]["400"]["description"];
    let text = created.as_str().unwrap();
    assert!(text.contains("- `PRT000600` The tenant has a hub of that name.\n"), "{text}");
    assert!(text.contains("- `PRT000206` A value is not one of those that are supported.\n"), "{text}");
}
