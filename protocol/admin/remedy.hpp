// The remedy for each failure.
#pragma once

#include <string_view>

#include "protocol/errors/failure.hpp"

namespace fedhub::admin {

/// Returns a sentence in the imperative that removes the most frequent cause of a failure, with the
/// keys of the configuration that matter. Empty for `none`.
std::string_view remedy_of(failure why);

} // namespace fedhub::admin
