// The fault of a stanza that is answered instead of passed on.
#pragma once

#include <string_view>

#include "protocol/errors/failure.hpp"

namespace fedhub {

/// The reason to answer a stanza instead of passing it on.
struct stanza_fault {
  failure why = failure::none;
  std::string_view detail = {};
};

} // namespace fedhub
