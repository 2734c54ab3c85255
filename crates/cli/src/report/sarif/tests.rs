use rules::Place;

use super::*;
use crate::{
    arguments::FailOn,
    report::{Report, example},
};

fn written(report: &Report<'_>) -> serde_json::Value {
    let mut out = Vec::new();
    write(&mut out, &Run::new(report, 1, FailOn::Warning)).unwrap();
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn too_many_results_leave_out_the_least_severe() {
    let mut report = example::places(b"a", []);
    let configuration = &mut report.configurations[0];
    for number in 0..MOST_RESULTS + 100 {
        let mut one = example::diagnostic(Place::Path("/etc/letsencrypt".into()));
        if number < 100 {
            one.severity = Severity::Info;
        }
        configuration.diagnostics.push(one);
        configuration.fixes.push(None);
    }
    let document = written(&report);
    let run = &document["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), MOST_RESULTS);
    assert!(results.iter().all(|one| one["level"] == "error"));
    let notices = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    let left_out = notices.iter().find(|one| one["descriptor"]["id"] == LEFT_OUT).unwrap();
    assert!(left_out["message"]["text"].as_str().unwrap().starts_with("100 more results "));
}

#[test]
fn too_many_places_are_counted() {
    let mut report = example::report(example::shop());
    let one = &mut report.configurations[0].diagnostics[0];
    let label = one.labels[0].clone();
    one.labels = vec![label; 1_010];
    let document = written(&report);
    let result = &document["runs"][0]["results"][0];
    assert_eq!(result["relatedLocations"].as_array().unwrap().len(), 1_000);
    assert!(result["message"]["text"].as_str().unwrap().ends_with("and 10 more places"));
}

#[test]
fn what_a_person_has_to_do_is_no_fix() {
    let mut report = example::report(example::shop());
    let fix = |report: &Report<'_>| written(report)["runs"][0]["results"][0].get("fixes").cloned();
    assert!(fix(&report).is_some());
    let one = report.configurations[0].diagnostics[0].fix.as_mut().unwrap();
    one.applicability = rules::Applicability::Display;
    assert_eq!(fix(&report), None);
}

#[test]
fn bytes_that_are_no_text_are_inserted_as_bytes() {
    let mut report = example::report(example::shop());
    let one = report.configurations[0].diagnostics[0].fix.as_mut().unwrap();
    one.edits[0].replacement = b"# \x90\xdd\n".to_vec();
    let document = written(&report);
    let change = &document["runs"][0]["results"][0]["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["replacements"][0]["insertedContent"]["binary"], "IyCQ3Qo=");
    let path = &change["artifactLocation"]["uri"];
    assert_eq!(path, "file:///etc/nginx/sites-available/shop");
}

#[test]
fn brackets_make_no_link() {
    let mut report = example::report(example::shop());
    report.configurations[0].diagnostics[0].message = "location ~ [a-z](1)".to_owned();
    let text = &written(&report)["runs"][0]["results"][0]["message"]["text"];
    assert!(text.as_str().unwrap().starts_with("location ~ [a-z] (1)."), "{text}");
}
