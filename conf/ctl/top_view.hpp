// The page of `fedhubctl top`.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/ctl/field_text.hpp"

namespace fedhub::ctl {

/// The series that `top` shows, by the API's names.
inline constexpr std::string_view top_series[] = {"stanzas_in", "stanzas_out", "bytes_in",
                                                  "bytes_out",  "bounced",     "cpu"};

/// The hub's answers of one interval. Each may be null: it was not answered.
struct top_answers {
  json status;
  json nodes;
  json notifications;
  json failing; ///< domains, a page.
  json domains; ///< connected ones, a page.
  std::map<std::string, json, std::less<>> series;
};

/// What passes in a second over one node or domain.
struct top_rate {
  std::optional<double> in; ///< stanzas; nothing: it was not there the last time.
  std::optional<double> out;
};

/// Makes rates of the counters of rows.
class top_rates {
public:
  using clock = std::chrono::steady_clock;

  /// Takes the rows of a list, by their names. Forgets rows that are not among them.
  void note(const std::vector<json>& rows, clock::time_point now);
  /// Returns the rates of a row between the last two calls of `note`.
  top_rate of(const std::string& name) const;

private:
  struct counters {
    double in = 0;
    double out = 0;
  };
  std::map<std::string, counters> last_;
  std::map<std::string, top_rate> rates_;
  clock::time_point at_;
};

/// What the page shows.
struct top_page {
  top_answers answers;
  top_rates nodes;
  top_rates domains;
  std::string trouble; ///< why there are no newer answers; empty: there are.
};

/// Returns the newest value of a series that is known; nothing if there is none within its last
/// steps.
std::optional<double> newest_value(const json& series);

/// Returns the page as lines that fit the terminal: at most `height`, each at most `style.width`
/// columns wide. Nothing in them acts on the terminal.
std::vector<std::string> top_lines(const top_page& page, size_t height, const text_style& style);

/// Returns the rates of the page in one line, for a pipe or a file.
std::string top_line(const top_page& page, const text_style& style);

/// Returns one line of JSON: the time, the newest values of the series, and the status.
std::string top_json(const top_page& page, const text_style& style);

} // namespace fedhub::ctl
