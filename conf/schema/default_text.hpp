// The default configuration file, part of the program.
#pragma once

#include <string_view>

namespace fedhub::conf {

/// The text of conf/default.toml: every key with its default and a comment.
std::string_view default_text();

} // namespace fedhub::conf
