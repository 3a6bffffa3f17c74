#include "conf/schema/schema.hpp"

namespace fedhub::conf {

domain_name dns_view_config::default_name() { return *domain_name::parse("fedhub.internal"); }

// No `default` in these: the compiler names the switch that a new enumerator lacks.

std::string_view to_string(verification_rule x) {
  switch (x) {
  case verification_rule::off:
    return "off";
  case verification_rule::report:
    return "report";
  case verification_rule::on:
    return "on";
  }
  return "?";
}

std::string_view to_string(privacy_mode x) {
  switch (x) {
  case privacy_mode::off:
    return "off";
  case privacy_mode::allow_list:
    return "allow-list";
  case privacy_mode::deny_list:
    return "deny-list";
  }
  return {};
}

std::string_view to_string(trust_method x) {
  switch (x) {
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

std::vector<trust_method> default_methods(const federation_config& x) {
  if (x.require_client_certificates)
    return {trust_method::pkix};
  return {trust_method::pkix, trust_method::dialback};
}

std::string_view to_string(tls_preset x) {
  switch (x) {
  case tls_preset::modern:
    return "modern";
  case tls_preset::intermediate:
    return "intermediate";
  }
  return {};
}

std::string_view to_string(node_protocol x) {
  switch (x) {
  case node_protocol::component:
    return "component";
  case node_protocol::s2s:
    return "s2s";
  }
  return {};
}

std::string_view to_string(log_level x) {
  switch (x) {
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

std::string_view to_string(log_format x) {
  switch (x) {
  case log_format::text:
    return "text";
  case log_format::json:
    return "json";
  }
  return {};
}

} // namespace fedhub::conf
