// The default configuration file, which is part of the program.
#pragma once

#include <string_view>

namespace fedhub::conf {

/// Returns the text of conf/default.toml: every key with its default and a comment.
std::string_view default_text();

} // namespace fedhub::conf
