//! The JSON schema of settings files, for editors: docs/schemas/settings.json.

use std::path::Path;

use clap::ValueEnum;
use expect_test::expect_file;
use rules::Selector;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::SettingsFile;

/// Where the schema has all rules and groups.
const RULES: &str = "#/$defs/Rules";

pub(super) fn selectors(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": { "$ref": RULES } })
}

pub(super) fn severities(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "propertyNames": { "$ref": RULES },
        "additionalProperties": { "enum": ["error", "warning", "info"] }
    })
}

pub(super) fn contexts(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<_> = model::Context::all().map(model::Context::text).collect();
    json_schema!({ "type": "array", "items": { "enum": names } })
}

pub(super) fn words<T: ValueEnum>(_: &mut SchemaGenerator) -> Schema {
    let values = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    let names: Vec<_> = values.map(|value| value.get_name().to_owned()).collect();
    json_schema!({ "enum": names })
}

/// TOML has no null: what may be left out is never that.
fn without_null(schema: &mut Map<String, Value>) {
    if schema.get("default") == Some(&Value::Null) {
        schema.remove("default");
    }
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|one| one != "null");
        if let [one] = &types[..] {
            let one = one.clone();
            schema.insert("type".to_owned(), one);
        }
    }
    schema.values_mut().filter_map(Value::as_object_mut).for_each(without_null);
}

#[test]
fn the_schema_is_current() {
    let mut schema = schemars::schema_for!(SettingsFile);
    schema.insert("title".to_owned(), "Settings of nginx-acme-lint".into());
    let names: Vec<_> = Selector::every().map(Selector::text).collect();
    if let Some(Value::Object(definitions)) = schema.get_mut("$defs") {
        definitions.insert("Rules".to_owned(), json!({ "enum": names }));
    }
    without_null(schema.ensure_object());
    let text = serde_json::to_string_pretty(&schema).expect("a schema is JSON") + "\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schemas/settings.json");
    expect_file![file].assert_eq(&text);
}
