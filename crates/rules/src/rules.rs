//! The list of rules. Adding one is a file and two lines here, both in alphabetical order.

use crate::rule::Rule;

/// Makes a rule of a doc comment and the fields of [`Rule`]; the comment becomes the rule's page.
macro_rules! rule {
    ($(#[doc = $line:literal])+ $name:ident { $($field:ident: $value:expr),+ $(,)? }) => {
        $(#[doc = $line])+
        pub(crate) static $name: crate::Rule =
            crate::Rule { docs: concat!($($line, "\n"),+), $($field: $value),+ };
    };
}

mod acme_certificate_impossible;
mod acme_certificate_unused;
mod acme_issuer_incomplete;
mod acme_state_not_kept;
mod allow_malformed;
mod allow_without_effect;
mod argument_invalid;
mod certificate_and_key_swapped;
mod certificate_chain_disordered;
mod certificate_closed_to_workers;
mod certificate_expired;
mod certificate_expiring;
mod certificate_for_other_names;
mod certificate_key_exposed;
mod certificate_key_mismatched;
mod certificate_key_without_password;
mod certificate_must_staple_unstapled;
mod certificate_not_for_servers;
mod certificate_not_pem;
mod certificate_not_trusted;
mod certificate_not_yet_valid;
mod certificate_of_old_lineage;
mod certificate_ordered_twice;
mod certificate_path_broken;
mod certificate_path_in_acme_sh_home;
mod certificate_path_in_archive;
mod certificate_replaced;
mod certificate_weak;
mod certificate_without_chain;
mod certificate_without_tls_port;
mod challenge_access_refused;
mod challenge_answered_before_location;
mod challenge_directory_closed;
mod challenge_directory_wrong;
mod challenge_inserted_in_vain;
mod challenge_location_mismatched;
mod challenge_location_serves_nothing;
mod challenge_location_without_root;
mod challenge_lost_over_ipv6;
mod challenge_port_speaks_http2;
mod challenge_proxied_to_other_port;
mod challenge_rate_limited;
mod challenge_redirect_loses_path;
mod challenge_redirect_not_followed;
mod challenge_refused_by_condition;
mod challenge_stopped_by_tls;
mod challenge_taken_by_front_controller;
mod challenge_taken_by_other_server;
mod challenge_taken_by_prefix;
mod challenge_taken_by_regex;
mod challenge_without_port_80;
mod challenge_without_web_root;
mod dh_parameters_weak;
mod directive_arguments_wrong;
mod directive_duplicated;
mod directive_misplaced;
mod directive_not_terminated;
mod directive_of_newer_nginx;
mod directive_unknown;
mod directive_without_block;
mod dns_address_elsewhere;
mod dns_address_private;
mod dns_caa_forbids_issuance;
mod dns_ipv6_address_elsewhere;
mod dns_lookup_failed;
mod dns_name_not_found;
mod dns_name_without_address;
mod dns_signature_broken;
mod include_matches_nothing;
mod include_unreadable;
mod listen_duplicated;
mod listen_http2_deprecated;
mod listen_without_ssl;
mod location_duplicated;
mod log_format_unknown;
mod map_entry_malformed;
mod must_staple_requested;
mod probe_answer_differs;
mod probe_certificate_differs;
mod probe_certificate_not_reloaded;
mod probe_challenge_fails;
mod probe_handshake_fails;
mod probe_nothing_listens;
mod probe_token_not_written;
mod renewal_by_hand;
mod renewal_file_broken;
mod renewal_file_missing;
mod renewal_from_staging;
mod renewal_keeps_other_key;
mod renewal_not_scheduled;
mod renewal_of_unserved_name;
mod renewal_stops_nginx;
mod renewal_too_rare;
mod renewal_without_reload;
mod renewal_without_web_root;
mod server_hidden_from_certbot;
mod server_name_too_long;
mod ssl_ciphers_unfit;
mod ssl_ciphers_weak;
mod ssl_directive_removed;
mod ssl_protocols_outdated;
mod ssl_protocols_without_effect;
mod ssl_server_lost_over_ipv6;
mod ssl_server_shows_default_certificate;
mod ssl_server_without_certificate;
mod ssl_server_without_challenge_location;
mod standalone_port_taken;
mod stapling_file_unfit;
mod stapling_without_responder;
mod syntax_error;
mod upstream_certificate_not_for_clients;
mod upstream_without_server;

/// Every rule, by id.
pub static RULES: &[&Rule] = &[
    &acme_certificate_impossible::RULE,
    &acme_certificate_unused::RULE,
    &acme_issuer_incomplete::RULE,
    &acme_state_not_kept::RULE,
    &allow_malformed::RULE,
    &allow_without_effect::RULE,
    &argument_invalid::RULE,
    &certificate_and_key_swapped::RULE,
    &certificate_chain_disordered::RULE,
    &certificate_closed_to_workers::RULE,
    &certificate_expired::RULE,
    &certificate_expiring::RULE,
    &certificate_for_other_names::RULE,
    &certificate_key_exposed::RULE,
    &certificate_key_mismatched::RULE,
    &certificate_key_without_password::RULE,
    &certificate_must_staple_unstapled::RULE,
    &certificate_not_for_servers::RULE,
    &certificate_not_pem::RULE,
    &certificate_not_trusted::RULE,
    &certificate_not_yet_valid::RULE,
    &certificate_of_old_lineage::RULE,
    &certificate_ordered_twice::RULE,
    &certificate_path_broken::RULE,
    &certificate_path_in_acme_sh_home::RULE,
    &certificate_path_in_archive::RULE,
    &certificate_replaced::RULE,
    &certificate_weak::RULE,
    &certificate_without_chain::RULE,
    &certificate_without_tls_port::RULE,
    &challenge_access_refused::RULE,
    &challenge_answered_before_location::RULE,
    &challenge_directory_closed::RULE,
    &challenge_directory_wrong::RULE,
    &challenge_inserted_in_vain::RULE,
    &challenge_location_mismatched::RULE,
    &challenge_location_serves_nothing::RULE,
    &challenge_location_without_root::RULE,
    &challenge_lost_over_ipv6::RULE,
    &challenge_port_speaks_http2::RULE,
    &challenge_proxied_to_other_port::RULE,
    &challenge_rate_limited::RULE,
    &challenge_redirect_loses_path::RULE,
    &challenge_redirect_not_followed::RULE,
    &challenge_refused_by_condition::RULE,
    &challenge_stopped_by_tls::RULE,
    &challenge_taken_by_front_controller::RULE,
    &challenge_taken_by_other_server::RULE,
    &challenge_taken_by_prefix::RULE,
    &challenge_taken_by_regex::RULE,
    &challenge_without_port_80::RULE,
    &challenge_without_web_root::RULE,
    &dh_parameters_weak::RULE,
    &directive_arguments_wrong::RULE,
    &directive_duplicated::RULE,
    &directive_misplaced::RULE,
    &directive_not_terminated::RULE,
    &directive_of_newer_nginx::RULE,
    &directive_unknown::RULE,
    &directive_without_block::RULE,
    &dns_address_elsewhere::RULE,
    &dns_address_private::RULE,
    &dns_caa_forbids_issuance::RULE,
    &dns_ipv6_address_elsewhere::RULE,
    &dns_lookup_failed::RULE,
    &dns_name_not_found::RULE,
    &dns_name_without_address::RULE,
    &dns_signature_broken::RULE,
    &include_matches_nothing::RULE,
    &include_unreadable::RULE,
    &listen_duplicated::RULE,
    &listen_http2_deprecated::RULE,
    &listen_without_ssl::RULE,
    &location_duplicated::RULE,
    &log_format_unknown::RULE,
    &map_entry_malformed::RULE,
    &must_staple_requested::RULE,
    &probe_answer_differs::RULE,
    &probe_certificate_differs::RULE,
    &probe_certificate_not_reloaded::RULE,
    &probe_challenge_fails::RULE,
    &probe_handshake_fails::RULE,
    &probe_nothing_listens::RULE,
    &probe_token_not_written::RULE,
    &renewal_by_hand::RULE,
    &renewal_file_broken::RULE,
    &renewal_file_missing::RULE,
    &renewal_from_staging::RULE,
    &renewal_keeps_other_key::RULE,
    &renewal_not_scheduled::RULE,
    &renewal_of_unserved_name::RULE,
    &renewal_stops_nginx::RULE,
    &renewal_too_rare::RULE,
    &renewal_without_reload::RULE,
    &renewal_without_web_root::RULE,
    &server_hidden_from_certbot::RULE,
    &server_name_too_long::RULE,
    &ssl_ciphers_unfit::RULE,
    &ssl_ciphers_weak::RULE,
    &ssl_directive_removed::RULE,
    &ssl_protocols_outdated::RULE,
    &ssl_protocols_without_effect::RULE,
    &ssl_server_lost_over_ipv6::RULE,
    &ssl_server_shows_default_certificate::RULE,
    &ssl_server_without_certificate::RULE,
    &ssl_server_without_challenge_location::RULE,
    &standalone_port_taken::RULE,
    &stapling_file_unfit::RULE,
    &stapling_without_responder::RULE,
    &syntax_error::RULE,
    &upstream_certificate_not_for_clients::RULE,
    &upstream_without_server::RULE,
];

#[cfg(test)]
mod tests {
    use super::RULES;
    use crate::Group;

    #[test]
    fn rules_are_listed_by_id_and_have_a_page() {
        assert!(RULES.is_sorted_by(|a, b| a.id < b.id));
        for rule in RULES {
            assert!(rule.summary().ends_with('.'), "{}: the summary is a sentence", rule.id);
            // What an ACME client keeps is more than an example has, and so is an nginx that runs;
            // fixtures and tests show it.
            let is_more = matches!(rule.group, Group::Renewal | Group::Probe);
            let wanted = if is_more { "```nginx" } else { "```nginx,bad" };
            assert!(rule.docs.contains(wanted), "{}: no bad example", rule.id);
        }
    }
}
