// Answers of the API as texts for a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conf/ctl/field_text.hpp"

namespace fedhub::ctl {

/// An answer as text, and whether it is what an operator hopes for.
struct answer_text {
  std::string text;      ///< lines, each with its end.
  bool bad_news = false; ///< the program ends with 1.
};

/// `GET status`.
answer_text status_text(const json& status, const text_style& style);

/// `GET domains/{d}`. A domain that fails or is refused is bad news.
answer_text domain_text(const json& domain, const text_style& style);

/// `POST explain` and `POST check`. Any verdict but "ok" is bad news.
answer_text steps_text(const json& answer, const text_style& style);

/// `GET notifications`: a paragraph for each.
answer_text notifications_text(const std::vector<json>& notifications, const text_style& style);

/// `GET config`. @param rows one for each key.
/// @param wanted a key, or a table of keys ("limits"); empty: all.
/// @param origin whether to show where each value comes from. No key with that name is bad news.
answer_text config_text(const std::vector<json>& rows, std::string_view wanted, bool origin,
                        const text_style& style);

/// `POST config/reload` and other changes of the configuration: what has changed.
/// @param sentence that it is done; a line before the changes.
answer_text reload_text(const json& difference, const text_style& style,
                        std::string_view sentence = "the configuration files are read again");

/// Returns an answer that is an error as a sentence, with a line for each of its problems
/// (RFC 9457; for a configuration with file, line, key and what is allowed).
std::string problem_text(const json& problem, int status, const text_style& style);

} // namespace fedhub::ctl
