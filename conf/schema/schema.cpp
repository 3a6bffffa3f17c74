#include "conf/schema/schema.hpp"

namespace fedhub::conf {

domain_name dns_view_config::default_name() { return *domain_name::parse("fedhub.internal"); }

// These switches have no `default`, so that the compiler reports one that lacks a new enumerator.

std::string_view to_string(verification_rule rule) {
  switch (rule) {
  case verification_rule::off:
    return "off";
  case verification_rule::report:
    return "report";
  case verification_rule::on:
    return "on";
  }
  return "?";
}

std::string_view to_string(privacy_mode mode) {
  switch (mode) {
  case privacy_mode::off:
    return "off";
  case privacy_mode::allow_list:
    return "allow-list";
  case privacy_mode::deny_list:
    return "deny-list";
  }
  return {};
}

std::string_view to_string(trust_method method) {
  switch (method) {
  case trust_method::pkix:
    return "pkix";
  case trust_method::dane:
    return "dane";
  case trust_method::pin:
    return "pin";
  case trust_method::dialback:
    return "dialback";
  }
  return {};
}

std::vector<trust_method> default_methods(const federation_config& federation) {
  if (federation.require_client_certificates)
    return {trust_method::pkix};
  return {trust_method::pkix, trust_method::dialback};
}

std::string_view to_string(tls_preset preset) {
  switch (preset) {
  case tls_preset::modern:
    return "modern";
  case tls_preset::intermediate:
    return "intermediate";
  }
  return {};
}

std::string_view to_string(node_protocol protocol) {
  switch (protocol) {
  case node_protocol::component:
    return "component";
  case node_protocol::s2s:
    return "s2s";
  }
  return {};
}

std::string_view to_string(log_level level) {
  switch (level) {
  case log_level::trace:
    return "trace";
  case log_level::debug:
    return "debug";
  case log_level::info:
    return "info";
  case log_level::warn:
    return "warn";
  case log_level::error:
    return "error";
  }
  return {};
}

std::string_view to_string(log_format format) {
  switch (format) {
  case log_format::text:
    return "text";
  case log_format::json:
    return "json";
  }
  return {};
}

} // namespace fedhub::conf
