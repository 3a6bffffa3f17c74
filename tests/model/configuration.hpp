// The configurations that the model's hub runs with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "tests/model/world.hpp"

namespace fedhub::model {

/// `limits.inflight_bytes_per_stream` and `limits.memory_bytes_per_connection`, always the same.
inline constexpr int64_t inflight_limit = 32768;
inline constexpr int64_t connection_limit = 65536;

/// Returns rules with all nodes and without denied domains.
rules first_rules();
/// Returns changed rules: a domain is denied or allowed again, a node is gone or back, a secret is
/// new.
rules change(const rules& given, random_source& random);
/// Returns, for reports, the difference from `first_rules`.
std::string describe(const rules& given);
/// Returns the configuration file. Its limits are so low that the model's few peers exceed them.
/// @param place holds the hub's state, and `authority.pem`.
std::string text_of(const rules& given, const std::filesystem::path& place);

} // namespace fedhub::model
