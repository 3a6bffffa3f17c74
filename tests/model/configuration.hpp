// The configurations that the model's hub runs with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "tests/model/world.hpp"

namespace fedhub::model {

/// `limits.inflight_bytes_per_stream` and `limits.memory_bytes_per_connection` of all of them.
inline constexpr int64_t inflight_limit = 32768;
inline constexpr int64_t connection_limit = 65536;

/// All nodes, nobody denied.
rules first_rules();
/// Other rules: something is denied or allowed again, a node gone or back, a secret changed.
rules change(const rules& x, random_source& random);
/// For reports: what differs from all nodes and nobody denied.
std::string describe(const rules& x);
/// The file. Limits are low, so that the model's few peers pass them.
/// @param place holds the hub's state, and `authority.pem`.
std::string text_of(const rules& x, const std::filesystem::path& place);

} // namespace fedhub::model
